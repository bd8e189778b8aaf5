// Keeps what somebody looks at where it is while cards come and go above it.
import { board } from "./changes.js";

/**
 * The card at the upper edge of a scrolled list, or the one just inside it.
 * @param {Element} list
 * @returns {{ list: Element, ref: string, top: number } | null}
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
  return card ? { list, ref: card.getAttribute("data-item") ?? "", top: card.getBoundingClientRect().top } : null;
}

/**
 * Change the board without moving what is in sight.
 * @param {() => void} change
 */
export function steadily(change) {
  const before = [...(board()?.querySelectorAll(".cards") ?? [])].map(topOf);
  change();
  for (const seen of before) {
    const card = seen?.list.querySelector(`:scope > [data-item="${CSS.escape(seen.ref)}"]`);
    if (seen && card) seen.list.scrollTop += card.getBoundingClientRect().top - seen.top;
  }
}
