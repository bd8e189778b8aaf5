// Draws the whole board anew where fragments of cards are not enough: columns changed, or too much was missed.
import { board } from "./changes.js";

let asked = 0;

/** Fetch the board as the address names it, with every column scrolled as it was; of several at once the latest wins. */
export async function redraw() {
  const turn = (asked += 1);
  const answer = board() ? await fetch(location.href, { headers: { "HX-Request": "true" } }) : null;
  const screen = board();
  if (!answer?.ok || !screen) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  if (!(fresh instanceof HTMLElement) || turn !== asked) return;
  const focused = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".card"))?.dataset.item;
  const scrolled = [...screen.querySelectorAll("[data-column]")].map((list) => [list.getAttribute("data-column"), list.scrollTop]);
  const aside = screen.scrollLeft;
  screen.replaceWith(document.adoptNode(fresh));
  fresh.scrollLeft = aside;
  for (const [column, top] of scrolled) fresh.querySelector(`[data-column="${column}"]`)?.scrollTo({ top: Number(top) });
  for (const line of page.querySelectorAll("#board-progress, #board-found")) {
    document.getElementById(line.id)?.replaceWith(document.adoptNode(line));
  }
  const open = new URL(location.href).searchParams.get("item");
  if (open) fresh.querySelector(`[data-item="${CSS.escape(open)}"]`)?.setAttribute("aria-current", "true");
  document.dispatchEvent(new CustomEvent("board:replaced"));
  if (focused) {
    /** @type {HTMLElement | null} */ (fresh.querySelector(`[data-item="${CSS.escape(focused)}"] .title a`))?.focus({ preventScroll: true });
  }
}

document.addEventListener("board:stale", () => void redraw());
