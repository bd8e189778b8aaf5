// Restores the scroll positions of the board's columns after Back, for instance from an item's own page on a phone. They are kept
// in the tab's session storage.
import { board, cardOf } from "./dom.js";

const KEY = "kanban.again";
/** A card's height is only known once it has been drawn; after this many frames, that is so for all cards nearby. */
const FRAMES = 4;

/** For each scrolled column, the first card in sight and how far its top is above that of the column. */
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
    // What was stored can't be read: the board stays unscrolled.
  }
}
