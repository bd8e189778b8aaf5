// Keeps what somebody is looking at in its place on the screen while cards come and go above it.
import { board } from "./dom.js";

/**
 * The card at the upper edge of a scrolled list, or the first one below it; null if the list is not scrolled.
 * @param {Element} list
 * @returns {{ column: string | null, ref: string, top: number } | null}
 */
function topOf(list) {
  if (!list.scrollTop) return null;
  const edge = list.getBoundingClientRect().top;
  const cards = list.querySelectorAll(":scope > .card");
  let [low, high] = [0, cards.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cards[middle]?.getBoundingClientRect().bottom ?? 0) <= edge) low = middle + 1;
    else high = middle;
  }
  const card = cards[low];
  return card ? { column: list.getAttribute("data-column"), ref: card.getAttribute("data-item") ?? "", top: card.getBoundingClientRect().top - edge } : null;
}

/**
 * Change or replace the board without moving what is in sight.
 * @param {() => void} change
 * @returns {() => void} restores the positions again, for when cards turn out higher or lower than estimated once they are drawn
 */
export function steadily(change) {
  const before = [...(board()?.querySelectorAll(".cards") ?? [])].map(topOf);
  const pin = () => {
    for (const seen of before) {
      if (!seen) continue;
      const list = board()?.querySelector(`[data-column="${seen.column}"]`);
      const card = list?.querySelector(`:scope > [data-item="${CSS.escape(seen.ref)}"]`);
      if (list && card) list.scrollTop += card.getBoundingClientRect().top - list.getBoundingClientRect().top - seen.top;
    }
  };
  change();
  pin();
  return pin;
}
