// Fills in the browser's own time zone where a form keeps a place for it, so that nobody has to look theirs up.
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-time-zone]"))) {
  field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
}
