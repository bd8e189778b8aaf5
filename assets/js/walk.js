// Walking over the board by arrow keys: Tab stops once, the arrows reach every card (roving tabindex).
import { board } from "./dom.js";

/** @param {Element | null | undefined} list @returns {HTMLElement[]} */
export const cardsOf = (list) => /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll(":scope > .card:not([hidden])") ?? [])]);

/** The last card of a list. @param {Element | null | undefined} list */
export const lastOf = (list) => cardsOf(list).at(-1);

/** @returns {HTMLElement[]} */
export const lists = () => /** @type {HTMLElement[]} */ ([...(board()?.querySelectorAll(".cards[data-column]") ?? [])]);

const stop = () => board()?.querySelector('.title a[tabindex="0"]');

/** @param {HTMLElement | null | undefined} card */
export function focusOn(card) {
  const folded = card?.closest(".is-folded")?.querySelector("[data-fold]");
  if (folded instanceof HTMLElement) return folded.focus();
  const link = card?.querySelector(".title a");
  if (!(link instanceof HTMLElement)) return;
  stop()?.setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
  link.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The card that a step leads to. @param {HTMLElement} card @param {string} key @returns {HTMLElement | undefined} */
export function neighbour(card, key) {
  const all = lists();
  const list = all.findIndex((one) => one === card.parentElement);
  const cards = cardsOf(all[list]);
  const at = cards.indexOf(card);
  if (key === "ArrowUp") return cards[at - 1];
  if (key === "ArrowDown") return cards[at + 1];
  if (key === "Home") return cards[0];
  if (key === "End") return cards.at(-1);
  return beside(all[list], key, at);
}

/** The card at the same height in the next column that is not folded and not empty. @param {Element | null | undefined} list @param {string} key ArrowLeft or ArrowRight @param {number} [at] */
export function beside(list, key, at = 0) {
  const all = lists();
  const step = key === "ArrowRight" ? 1 : -1;
  for (let next = all.findIndex((one) => one === list) + step; next >= 0 && next < all.length; next += step) {
    const others = cardsOf(all[next]);
    if (others.length && !all[next]?.closest(".is-folded")) return others[Math.min(at, others.length - 1)];
  }
  return undefined;
}

/** Remove all cards from the tab order but one. */
function rove() {
  for (const link of board()?.querySelectorAll(".card a") ?? []) link.setAttribute("tabindex", "-1");
  keepStop();
}

/** Make sure that Tab reaches one card, and not one in a folded column or one that a filter hides. */
function keepStop() {
  const now = stop();
  if (now?.closest(".card:not([hidden])") && !now.closest(".is-folded")) return;
  const next = board()?.querySelector(".col:not(.is-folded) .card:not([hidden]) .title a");
  if (next) now?.setAttribute("tabindex", "-1");
  next?.setAttribute("tabindex", "0");
}

document.addEventListener("board:replaced", rove);
document.addEventListener("board:changed", keepStop);
document.addEventListener("board:folded", keepStop);
rove();
