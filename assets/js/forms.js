// Comforts of forms: text areas that grow, errors that go, Ctrl+Enter that sends, Enter in those of one line, filters that need
// no button.
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

// What was wrong with a field is not said of what stands there now. Its place stays, so that a button below is still under the
// hand that presses it.
document.addEventListener("change", (event) => {
  /** @type {HTMLFormElement | null} */ (closest(event, "form[data-submit-on-change]"))?.requestSubmit();
  const field = closest(event, "[id][aria-invalid=true]");
  field?.removeAttribute("aria-invalid");
  const told = field && document.getElementById(`${field.id}-error`);
  if (!told) return;
  told.style.visibility = "hidden";
  told.removeAttribute("id");
});

