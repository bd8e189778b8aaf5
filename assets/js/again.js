// Back on the board from a page of its own (an item on a phone) its columns stand where they stood. The tab keeps it.
import { board, cardOf } from "./dom.js";

const KEY = "kanban.again";

/** The columns that are scrolled, each by its first card in sight: the height of those above is not known before they are drawn. */
function stood() {
  const lists = /** @type {HTMLElement[]} */ ([...(board()?.querySelectorAll(".cards") ?? [])]).filter((list) => list.scrollTop);
  return lists.flatMap((list) => {
    const cards = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".card")]);
    const first = cards.find((card) => card.offsetTop + card.offsetHeight > list.offsetTop + list.scrollTop);
    return first ? [[first.dataset.item, list.scrollTop - first.offsetTop]] : [];
  });
}

window.addEventListener("pagehide", () => {
  const screen = board();
  try {
    if (screen) sessionStorage.setItem(KEY, JSON.stringify([window.location.href, screen.scrollLeft, stood()]));
  } catch {
    // Not remembered then.
  }
});

const [way] = performance.getEntriesByType("navigation");
try {
  const [address, left, lists] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  const screen = way instanceof PerformanceNavigationTiming && way.type === "back_forward" && address === window.location.href && board();
  if (screen) {
    for (const [ref, past] of lists) {
      const card = cardOf(ref);
      if (card instanceof HTMLElement) card.parentElement?.scrollTo(0, card.offsetTop + past);
    }
    screen.scrollLeft = left;
  }
} catch {
  // Nothing that can be read: the board begins where it begins.
}
