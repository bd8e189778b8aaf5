// Conveniences of forms: text areas grow, errors disappear when corrected, Ctrl+Enter sends, and so does Enter in one-line text
// areas; filters need no button.
import { closest } from "./dom.js";

const grows = CSS.supports("field-sizing", "content");

/** @param {HTMLTextAreaElement} area */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

document.addEventListener("input", (event) => {
  const area = /** @type {HTMLTextAreaElement | null} */ (closest(event, "textarea[data-autosize]"));
  if (!grows && area) fit(area);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  const isAny = event.ctrlKey || event.metaKey;
  const field = closest(event, isAny ? 'textarea, form[method="post"] :is(input, select, [role=tab])' : "form:not([data-draft]) [data-one-line]");
  const form = field?.closest("form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

// What is like a title is asked for once there is enough of it to tell, and told only beside the title that it was asked for.
for (const name of ["htmx:before:request", "htmx:before:swap"]) {
  document.addEventListener(name, (event) => {
    const { sourceElement: field, target } = /** @type {CustomEvent} */ (event).detail.ctx ?? {};
    if (!field?.matches("[data-alike]") || field.value.trim().length > 7) return;
    event.preventDefault();
    target.replaceChildren();
  });
}

// A changed field loses its error, which was about the old value. The error is only made invisible, so that the buttons below don't
// move away from under the pointer.
document.addEventListener("change", (event) => {
  /** @type {HTMLFormElement | null} */ (closest(event, "form[data-submit-on-change]"))?.requestSubmit();
  const field = closest(event, "[id][aria-invalid=true]");
  field?.removeAttribute("aria-invalid");
  const told = field && document.getElementById(`${field.id}-error`);
  if (!told) return;
  told.style.visibility = "hidden";
  told.removeAttribute("id");
});

