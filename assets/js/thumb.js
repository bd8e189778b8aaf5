// On a phone, while a card is dragged, a bar at the bottom shows all columns within reach of the thumb; releasing over one drops the
// card there.
import { board, make } from "./dom.js";

/** Half of the gap between two columns of the bar. */
const GAP_PX = 3;

/** @type {HTMLElement | null} */
let bar = null;
/** @type {string | null} */
let over = null;

/** @param {TouchEvent | PointerEvent} event */
function follow(event) {
  const point = "touches" in event ? event.touches[0] : event;
  if (!bar || !point) return;
  const buttons = [...bar.children];
  const isOver = point.clientY >= bar.getBoundingClientRect().top;
  const ends = buttons.map((button) => button.getBoundingClientRect().right);
  const passed = ends.filter((right) => point.clientX > right + GAP_PX).length;
  const at = isOver ? Math.min(passed, buttons.length - 1) : -1;
  buttons.forEach((button, index) => button.classList.toggle("is-over", index === at));
  over = buttons[at]?.getAttribute("data-to") ?? null;
}

/** Whether the thumb is over a column of the bar, so that the board behind it must not scroll. */
export const isOverBar = () => over !== null;

/** Show the bar. @param {Element} card the dragged one */
export function showThumbBar(card) {
  bar = make("div", { className: "thumb-bar" });
  const own = card.closest("[data-column]")?.getAttribute("data-column");
  for (const column of board()?.querySelectorAll("[data-column-box]") ?? []) {
    const id = column.getAttribute("data-column-box") ?? "";
    const button = make("div", { textContent: column.querySelector("h2")?.textContent ?? "" });
    button.dataset.to = id;
    button.classList.toggle("is-full", column.classList.contains("is-full"));
    if (id === own) button.setAttribute("aria-current", "true");
    bar.append(button);
  }
  document.body.append(bar);
  document.addEventListener("touchmove", follow, { passive: true, capture: true });
  document.addEventListener("pointermove", follow, { passive: true, capture: true });
}

/** Remove the bar. @returns {string | null} the column under the thumb, or null */
export function hideThumbBar() {
  document.removeEventListener("touchmove", follow, { capture: true });
  document.removeEventListener("pointermove", follow, { capture: true });
  bar?.remove();
  bar = null;
  const chosen = over;
  over = null;
  return chosen;
}
