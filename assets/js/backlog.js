// The backlog's list: moving rows, telling the server, and keeping the numbers in front of the rows up to date.
import { announce } from "./announce.js";
import { gather, put, standing } from "./block.js";
import { shine } from "./shine.js";
import { above, below, rows } from "./dates.js";
import { passOver, settle } from "./hold.js";
import { nameOf, send, sendMove, words } from "./moves.js";
import { countWords } from "./pick.js";

/** @returns {HTMLElement | null} */
export const list = () => document.querySelector("[data-backlog]");

export { rows };

/** Write each row's place and dates into it; rows that a filter hides keep their places. */
export const renumber = settle;

/** Whether the reader may change the order. */
export const ranked = () => list()?.hasAttribute("data-sortable") ?? false;

/**
 * Tell the server where rows are now, side by side: after the neighbour above or, at the top, before the one below.
 * @param {HTMLElement[]} block
 * @param {() => void} putBack what to do when the server refuses
 */
export async function sendPlace(block, putBack) {
  const [first, last] = [/** @type {HTMLElement} */ (block[0]), /** @type {HTMLElement} */ (block.at(-1))];
  const upper = above(first);
  const place = upper ? `after:${upper.dataset.item}` : `before:${below(last)?.dataset.item}`;
  renumber(block);
  count(block, 1);
  const back = () => {
    putBack();
    renumber();
    for (const row of block) shine(row, "is-refused");
  };
  const refs = block.map((row) => row.dataset.item ?? "");
  if (block.length === 1) await sendMove(refs[0] ?? "", { place }, back);
  else await send(list()?.dataset.ranks ?? "", refs.join(" "), { items: refs.join(" "), place }, back);
  count(block, -1);
}

/** How many moves of each row are on their way to the server. @type {WeakMap<HTMLElement, number>} */
const open = new WeakMap();

/** @param {HTMLElement[]} block @param {number} step */
function count(block, step) {
  for (const row of block) {
    const now = (open.get(row) ?? 0) + step;
    open.set(row, now);
    row.classList.toggle("is-saving", now > 0);
  }
}

/** Announce where rows are now and, while they are being moved, what that means for promises. @param {string} name @param {HTMLElement[]} block */
export function say(name, block) {
  const more = name === "over" ? passOver(block) : "";
  announce(`${toldOf(name, block)} ${more}`.trim());
}

/** A sentence about rows and their place. @param {string} name @param {HTMLElement[]} block */
export function toldOf(name, block) {
  const first = block[0];
  const column = document.querySelector("h1")?.textContent?.trim() ?? "";
  const ref = block.length > 1 ? countWords(block.length, "items") : nameOf(first, name);
  const count = String(rows().length);
  return words(name, { ref, column, place: first?.querySelector(".k")?.textContent ?? "", count });
}

/** The nearest row above or below this one that the filter shows. @param {Element} row @param {boolean} up @returns {HTMLElement | null} */
export function shownBeside(row, up) {
  const next = up ? above(row) : below(row);
  return next?.hidden ? shownBeside(next, up) : next;
}

/**
 * Move rows to another place in the list, side by side, and tell the server.
 * @param {HTMLElement[]} block
 * @param {"up" | "down" | "top" | "bottom"} way
 */
export function shift(block, way) {
  const [first, last] = [block[0], block.at(-1)];
  if (!first || !last) return;
  const others = rows().filter((row) => !block.includes(row));
  const neighbour = { up: shownBeside(first, true), down: shownBeside(last, false), top: others[0], bottom: others.at(-1) }[way];
  const isAbove = way === "up" || way === "top";
  settleAt(block, () => {
    gather(block, isAbove ? first : last);
    if (neighbour) put(block, neighbour, isAbove);
  });
}

/** Move rows to the place with this number, the first being 1. @param {HTMLElement[]} block @param {number} number */
export function place(block, number) {
  const others = rows().filter((row) => !block.includes(row));
  const [at, end] = [others[Math.max(0, number - 1)], others.at(-1)];
  settleAt(block, () => {
    if (at) at.before(...block);
    else end?.after(...block);
  });
}

/** @param {HTMLElement[]} block @param {() => void} move */
function settleAt(block, move) {
  const from = standing(block);
  move();
  if (from.isSame()) return;
  say("dropped", block);
  void sendPlace(block, from.putBack);
}
