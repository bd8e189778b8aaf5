// Undoes what was done last, from its toast or with Ctrl+Z, which goes back further each time. A move that is still being sent is
// undone as soon as it has arrived.
import { closest, isTyping } from "./dom.js";
import { giveBack } from "./toast.js";
import { settled } from "./underway.js";

// An undo that was pressed is used up, whatever the answer, unless the answer asks for a reason.
document.addEventListener("htmx:before:request", (event) => {
  const source = /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement;
  if (source instanceof HTMLElement && source.matches("[data-undo]")) {
    source.dataset.pressed = "";
    const toast = source.closest("[data-toast]");
    giveBack(toast);
    window.setTimeout(() => toast?.setAttribute("hidden", ""));
  }
});
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const source = ctx?.sourceElement;
  if (!(source instanceof HTMLElement) || !source.matches("[data-undo]")) return;
  if (ctx.response?.headers?.get?.("X-Kanban-Code") === "reason_required") delete source.dataset.pressed;
  else source.closest("[data-toast]")?.remove();
});

/** The form that undoes the newest command, by the version that it made. @returns {HTMLFormElement | undefined} */
function newestUndo() {
  /** @type {NodeListOf<HTMLFormElement>} */
  const forms = document.querySelectorAll("form[data-undo]:not([data-pressed])");
  /** @param {HTMLFormElement} form */
  const version = (form) => Number(/\d+$/.exec(form.action)?.[0] ?? 0);
  return [...forms].sort((one, other) => version(other) - version(one))[0];
}

document.addEventListener("keydown", async (event) => {
  const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  // A select has no undo of its own, so Ctrl+Z counts there; it is blurred, since a part with a focused select is not drawn anew.
  const list = closest(event, "select");
  if (!isUndo || (isTyping(event.target) && !list) || document.querySelector("dialog:modal, .is-lifted, .is-dragging")) return;
  // Otherwise the browser would undo typing in a field that does not even have the focus.
  event.preventDefault();
  if (event.repeat) return;
  list?.blur();
  await settled();
  newestUndo()?.requestSubmit();
});
