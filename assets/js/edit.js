// Forms that open in place: opening one puts the cursor into it; Cancel, Escape and sending close it, and a click elsewhere closes
// one that floats. Also groups of checkboxes of which at most one may be ticked.
import { closest } from "./dom.js";

document.addEventListener(
  "toggle",
  (event) => {
    const edit = event.target;
    if (!(edit instanceof HTMLDetailsElement) || !edit.matches(".edit") || !edit.open) return;
    const first = edit.querySelector("input:not([type=hidden]), textarea, select");
    // A form that is reopened because the page around it was drawn anew must not take the cursor from elsewhere.
    const active = document.activeElement ?? edit;
    if (!(first instanceof HTMLElement) || active.closest("form") || !(active.contains(edit) || edit.contains(active))) return;
    first.focus();
    if (first instanceof HTMLTextAreaElement) first.setSelectionRange(first.value.length, first.value.length);
  },
  true,
);

/** @param {HTMLElement | null} edit */
function close(edit) {
  const form = edit?.querySelector("form");
  form?.reset();
  form?.removeAttribute("data-typed");
  edit?.removeAttribute("open");
  edit?.querySelector("summary")?.focus();
}

document.addEventListener("click", (event) => {
  for (const pick of document.querySelectorAll(".pick[open]")) {
    if (!pick.contains(/** @type {Node} */ (event.target))) pick.removeAttribute("open");
  }
  if (closest(event, "[data-edit-cancel], [data-edit-close]")) close(closest(event, ".edit"));
  // A click on the text opens the form for it, but not a click on a link in it, nor one that selects text.
  const text = closest(event, "[data-opens]");
  if (!text || event.defaultPrevented || closest(event, "a, button, input, summary, label")) return;
  if (window.getSelection()?.isCollapsed !== false) document.getElementById(text.dataset.opens ?? "")?.setAttribute("open", "");
});

document.addEventListener("keydown", (event) => {
  const edit = closest(event, ".edit[open]");
  if (event.key !== "Escape" || event.isComposing || !edit) return;
  event.preventDefault();
  event.stopPropagation();
  close(edit);
});

document.addEventListener("change", (event) => {
  const tick = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-only-one]"));
  if (!tick?.checked) return;
  for (const other of /** @type {NodeListOf<HTMLInputElement> | undefined} */ (tick.form?.querySelectorAll("[data-only-one]")) ?? []) {
    if (other.name === tick.name && other !== tick) other.checked = false;
  }
});
