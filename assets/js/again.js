// Back on the board from a page of its own (an item on a phone) its columns stand where they stood. The tab keeps it.
import { board, cardOf } from "./dom.js";

const KEY = "kanban.again";
/** The height of a card is known once it was drawn: after so many frames all that are near have theirs. */
const FRAMES = 4;

/** The columns that are scrolled: the first card in sight of each, and how far its top is above the column's. */
function stood() {
  const lists = /** @type {HTMLElement[]} */ ([...(board()?.querySelectorAll(".cards") ?? [])]).filter((list) => list.scrollTop);
  return lists.flatMap((list) => {
    const top = list.offsetTop + list.scrollTop;
    const cards = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".card")]);
    const first = cards.find((card) => card.offsetTop + card.offsetHeight > top);
    return first ? [[first.dataset.item, top - first.offsetTop]] : [];
  });
}

/** @param {HTMLElement} screen @param {number} left @param {[string, number][]} lists @param {number} frames */
function stand(screen, left, lists, frames) {
  for (const [ref, past] of lists) {
    const card = cardOf(ref);
    const list = card?.parentElement;
    if (card instanceof HTMLElement && list) list.scrollTop = card.offsetTop - list.offsetTop + past;
  }
  screen.scrollLeft = left;
  if (frames) window.requestAnimationFrame(() => stand(screen, left, lists, frames - 1));
}

window.addEventListener("pagehide", () => {
  const screen = board();
  if (screen) sessionStorage.setItem(KEY, JSON.stringify([window.location.href, screen.scrollLeft, stood()]));
});

const way = /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType("navigation")[0]);
const screen = board();
if (screen && way?.type === "back_forward") {
  try {
    const [address, left, lists] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    if (address === window.location.href) stand(screen, left, lists, FRAMES);
  } catch {
    // Nothing that can be read: the board begins where it begins.
  }
}
