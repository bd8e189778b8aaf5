// Single keys that press the control carrying data-key, and the list of them behind `?`.
import { showDialog } from "./dialog.js";
import { isFree, isTyping } from "./dom.js";

/** The last one in sight: a page's own control goes before the shell's. @param {string} key @returns {HTMLElement | undefined} */
function control(key) {
  const found = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]);
  return found.findLast((one) => one.getClientRects().length > 0);
}

/** J and K go where the arrows go, unless an open item steps by them. @param {KeyboardEvent} event @param {string} key */
function goOn({ target, shiftKey }, key) {
  const arrow = { j: "ArrowDown", k: "ArrowUp" }[key];
  if (arrow) target?.dispatchEvent(new KeyboardEvent("keydown", { key: arrow, shiftKey, bubbles: true, cancelable: true }));
}

// What a key presses it presses once, however long it is held down.
window.addEventListener(
  "keydown",
  (event) => {
    if (!event.repeat || !/^( |Enter)$/.test(event.key) || isTyping(event.target) || event.target === document.body) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  if (event.key === "?") {
    const list = document.getElementById("keys");
    if (list instanceof HTMLDialogElement) {
      event.preventDefault();
      showDialog(list);
    }
    return;
  }
  const key = event.key.toLowerCase();
  const item = event.target instanceof Element ? event.target.closest("[data-item]:not(.board *)") : null;
  const pressed = key === "v" ? /** @type {HTMLElement | null} */ (item?.querySelector("a.move")) : control(key);
  if (!pressed) return goOn(event, key);
  event.preventDefault();
  if (isTyping(pressed)) return pressed.focus();
  pressed.click();
  // A field that this opened takes the very next letter; the event that tells of the opening comes too late for it.
  const field = pressed.closest("details[open].other")?.querySelector("input:not([type=hidden])");
  if (field instanceof HTMLElement) field.focus();
});
