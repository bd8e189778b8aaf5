// Ordering columns by key, with the focus on a column's name or grip: Space lifts it, arrows move it, Space drops it, Escape puts it
// back; every step is announced.
import { announce } from "./announce.js";
import { sentence } from "./columns.js";
import { filled, whenElsewhere } from "./dom.js";
import { columns, heldColumn, putDown, takeUp } from "./heads.js";

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** @param {string} name @param {HTMLElement} column */
function say(name, column) {
  const all = columns();
  const handle = /** @type {HTMLElement | null} */ (column.querySelector("[data-handle]"));
  /** @type {Record<string, string | number>} */
  const values = { column: handle?.dataset.handle || (handle?.textContent ?? ""), place: all.indexOf(column) + 1, count: all.length };
  announce(filled(sentence(name), values));
}

/** @param {HTMLElement} handle @param {string} key @returns {boolean} whether the key meant something here */
function press(handle, key) {
  const lifted = heldColumn();
  const column = lifted ?? /** @type {HTMLElement | null} */ (handle.closest("[data-column-box]"));
  if (!column) return false;
  if (!lifted && key === " ") {
    takeUp(column);
    column.classList.add("is-lifted");
    say("lifted", column);
  } else if (lifted && [" ", "Enter", "Escape", "Tab"].includes(key)) {
    const back = key === "Escape" || key === "Tab";
    putDown(back);
    say(back ? "cancelled" : "dropped", column);
    if (key === "Tab") return false;
  } else if (lifted && STEPS[key]) {
    const other = columns()[columns().indexOf(column) + STEPS[key]];
    if (STEPS[key] < 0) other?.before(column);
    else other?.after(column);
    column.scrollIntoView({ block: "nearest", inline: "nearest" });
    say("over", column);
  } else return false;
  handle.focus({ preventScroll: true });
  return true;
}

/** @param {Event} event */
const handleOf = (event) => (event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-handle]")) : null);

document.addEventListener(
  "keydown",
  (event) => {
    const handle = handleOf(event);
    if (!handle || document.body.matches(".is-dragging") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!press(handle, event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
// Releasing Space must not click the button.
document.addEventListener("keyup", (event) => {
  if (event.key === " " && handleOf(event)) event.preventDefault();
});
// Turning elsewhere while a column is lifted puts it back.
whenElsewhere(() => !document.body.matches(".is-dragging") && putDown(true));
