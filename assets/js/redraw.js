// Draws the whole board anew where fragments of cards are not enough: columns changed, or too much was missed.
import { board } from "./changes.js";

/** Fetch the page and take its board, with every column scrolled as it was. */
export async function redraw() {
  const screen = board();
  if (!screen) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  if (!(fresh instanceof HTMLElement)) return;
  const focused = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".card"))?.dataset.item;
  const scrolled = [...screen.querySelectorAll("[data-column]")].map((list) => [list.getAttribute("data-column"), list.scrollTop]);
  const aside = screen.scrollLeft;
  screen.replaceWith(document.adoptNode(fresh));
  fresh.scrollLeft = aside;
  for (const [column, top] of scrolled) fresh.querySelector(`[data-column="${column}"]`)?.scrollTo({ top: Number(top) });
  const progress = page.getElementById("board-progress");
  if (progress) document.getElementById("board-progress")?.replaceWith(document.adoptNode(progress));
  document.dispatchEvent(new CustomEvent("board:replaced"));
  if (focused) {
    /** @type {HTMLElement | null} */ (fresh.querySelector(`[data-item="${CSS.escape(focused)}"] .title a`))?.focus({ preventScroll: true });
  }
}
