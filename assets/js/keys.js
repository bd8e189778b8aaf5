// Single keys that press the control with that data-key, and `?`, which shows the list of them.
import { showDialog } from "./dialog.js";
import { isFree, isTyping } from "./dom.js";

/** The last visible control for a key, so that a page's own takes precedence over the shell's. @param {string} key @returns {HTMLElement | undefined} */
function control(key) {
  const found = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]);
  return found.findLast((one) => one.getClientRects().length > 0);
}

/** Let J and K act like the arrow keys, unless an open item uses them for its steps. @param {KeyboardEvent} event @param {string} key */
function goOn({ target, shiftKey }, key) {
  const arrow = { j: "ArrowDown", k: "ArrowUp" }[key];
  if (arrow) target?.dispatchEvent(new KeyboardEvent("keydown", { key: arrow, shiftKey, bubbles: true, cancelable: true }));
}

// A key that is held down presses a control only once.
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
  // Focus a field that this opened at once, for the very next letter; the toggle event would come too late.
  const field = pressed.closest("details[open].other")?.querySelector("input:not([type=hidden])");
  if (field instanceof HTMLElement) field.focus();
});
