// Fills the browser's time zone into forms that have a field for it, so that nobody has to look theirs up.
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-time-zone]"))) {
  field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
}
