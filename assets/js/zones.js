// While a card is dragged, the whole column under the pointer accepts it: above the first card means the top, below the last one the
// bottom.
import { board } from "./dom.js";
import { moreOf, putLast } from "./more.js";

/** @type {Element | null} */
let inHand = null;
let own = "";
let stage = "";
/** The last event of the pointer. @type {TouchEvent | PointerEvent | null} */
let last = null;

/** @param {Element} card the dragged one */
export function watchZones(card) {
  inHand = card;
  last = null;
  own = card.parentElement?.getAttribute("data-column") ?? "";
  stage = card.closest(".col")?.getAttribute("data-stage") ?? "";
  document.addEventListener("pointermove", follow, { passive: true, capture: true });
  document.addEventListener("touchmove", follow, { passive: true, capture: true });
}

export function leaveZones() {
  inHand = null;
  document.removeEventListener("pointermove", follow, { capture: true });
  document.removeEventListener("touchmove", follow, { capture: true });
  for (const column of columns()) column.classList.remove("is-target", "is-refusing");
}

const columns = () => board()?.querySelectorAll(".col") ?? [];

/** @param {TouchEvent | PointerEvent} event */
function follow(event) {
  last = event;
  const point = "touches" in event ? event.touches[0] : event;
  const frame = board()?.getBoundingClientRect();
  if (!inHand || !point || !frame || point.clientY > frame.bottom) return;
  const over = [...columns()].find((column) => {
    const box = column.getBoundingClientRect();
    return point.clientX >= box.left && point.clientX < Math.min(box.right, frame.right) && point.clientY >= frame.top;
  });
  // Between two columns or beside the board, the pointer names no column: mark the one with the insertion line.
  mark(over ?? inHand.closest(".col"));
  if (over) settle(over, point.clientY);
}

/** Repeat the last event, since the insertion line has moved after a quick pointer, or columns have scrolled under a still one. */
export const followLine = () => last && follow(last);

/** @param {Element | null} over */
function mark(over) {
  for (const column of columns()) {
    const isOver = column === over;
    const isOther = column.getAttribute("data-column-box") !== own;
    // Readers who may not rank can't choose a place in the card's own column either.
    const isShut = column.getAttribute("data-shut")?.includes(stage) || (isOther && column.matches(".is-full[data-refuses]"));
    column.classList.toggle("is-target", isOver && !isShut);
    column.classList.toggle("is-refusing", isOver && isShut && isOther);
  }
}

/** Place the card for a pointer outside the list, where Sortable does not look, and at once: Sortable looks only every 50 ms. @param {Element} column @param {number} y */
function settle(column, y) {
  const list = column.querySelector(".cards");
  if (!list || !inHand) return;
  if (column.matches(".is-folded")) return putLast(list, inHand);
  const box = list.getBoundingClientRect();
  if (y < box.top && list.firstElementChild !== inHand && list.scrollTop === 0) list.prepend(inHand);
  else if (y > box.bottom) putLast(list, inHand);
  else if (inHand.parentElement !== list) {
    list.insertBefore(inHand, [...list.children].find((one) => one.getBoundingClientRect().bottom > y) ?? moreOf(list));
  }
}
