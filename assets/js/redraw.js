// Draws the whole board anew when fragments of cards are not enough: because columns changed, or too much was missed.
import { get } from "./ask.js";
import { shownVersion } from "./changes.js";
import { board, isHeld, parsed } from "./dom.js";
import { fillUp } from "./more.js";
import { steadily } from "./steady.js";
import { settled, sinceNow } from "./underway.js";

let asked = 0;

/** Fetch the board with the filter in the address, and show it with every column loaded and scrolled as before. Of several calls at
 * once, the latest wins; an answer older than a move on this screen is fetched again. False if the server could not answer.
 * @returns {Promise<boolean>} */
export async function redraw() {
  const turn = (asked += 1);
  const isOld = sinceNow();
  if (!board()) return true;
  const answer = await get(location.href);
  if (turn !== asked) return true;
  if (isOld()) {
    await settled();
    return redraw();
  }
  await draw(answer?.ok ? answer.html : "");
  return answer !== null && answer.status < 500;
}

/** Replace the board by the one in this page, unless the present one is newer. @param {string} html */
export async function draw(html) {
  const turn = asked;
  const page = parsed(html);
  const fresh = page.querySelector("[data-board]");
  if (!board() || !(fresh instanceof HTMLElement) || Number(fresh.dataset.version) < shownVersion()) return;
  if (fresh.dataset.filter === board()?.dataset.filter) await fillUp(/** @type {HTMLElement} */ (board()), fresh);
  const screen = board();
  if (!screen || turn !== asked || Number(fresh.dataset.version) < shownVersion()) return;
  // Somebody has begun to move something meanwhile: try again when that is over.
  if (isHeld()) return document.addEventListener("board:rest", () => window.setTimeout(redraw), { once: true });
  replace(screen, fresh, page);
}

/** @param {HTMLElement} screen @param {HTMLElement} fresh @param {Document} page */
function replace(screen, fresh, page) {
  const focus = focusIn(screen);
  const beside = besideFocus(screen);
  const open = screen.querySelector(".col details[open]")?.closest(".col")?.getAttribute("data-column-box");
  const scrolled = [...screen.querySelectorAll("[data-column]")].map((list) => [list.getAttribute("data-column"), list.scrollTop]);
  const aside = screen.scrollLeft;
  const pin = steadily(() => {
    screen.replaceWith(document.adoptNode(fresh));
    fresh.scrollLeft = aside;
    for (const [column, top] of scrolled) fresh.querySelector(`[data-column="${column}"]`)?.scrollTo({ top: Number(top) });
  });
  window.requestAnimationFrame(() => window.requestAnimationFrame(pin));
  for (const line of page.querySelectorAll("#board-progress, #board-found")) {
    document.getElementById(line.id)?.replaceWith(document.adoptNode(line));
  }
  const item = new URL(location.href).searchParams.get("item");
  if (item) fresh.querySelector(`[data-item="${CSS.escape(item)}"]`)?.setAttribute("aria-current", "true");
  if (open) fresh.querySelector(`[data-column-box="${open}"] details`)?.setAttribute("open", "");
  document.dispatchEvent(new CustomEvent("board:replaced"));
  const again = focus ? (fresh.querySelector(focus) ?? beside.map((one) => fresh.querySelector(one)).find((one) => one)) : null;
  if (again instanceof HTMLElement) again.focus({ preventScroll: again.matches(focus ?? "") });
  else if (focus) document.getElementById("main")?.focus({ preventScroll: true });
}

/** Selectors for the focus in case its card is not on the new board: the last loaded card of its column. @param {Element} screen */
function besideFocus(screen) {
  const list = document.activeElement?.closest(".cards")?.getAttribute("data-column");
  return list && screen.contains(document.activeElement) ? [`[data-column="${list}"] > .card:last-of-type .title a`] : [];
}

/** Selectors of the parts of a column's head that can have the focus. */
const PARTS = ["[data-handle]", "summary", "[data-fold]", "[data-pull] button", "[data-rename]"];

/** A selector that finds the focused element again on another board: a card's title or a part of a column's head. @param {Element} screen */
function focusIn(screen) {
  const focused = document.activeElement;
  if (!focused || !screen.contains(focused)) return null;
  const card = focused.closest(".card")?.getAttribute("data-item");
  if (card) return `[data-item="${CSS.escape(card)}"] .title a`;
  const column = focused.closest(".col")?.getAttribute("data-column-box");
  const part = PARTS.find((one) => focused.matches(one));
  return column && part ? `[data-column-box="${column}"] ${part}` : null;
}

document.addEventListener("board:stale", () => void redraw());
