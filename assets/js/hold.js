// What is in hand in the backlog, by mouse or by key: at each step only what it passes gets another number and date.
import { gather } from "./block.js";
import { above, dayAt, label, read, refresh, rows } from "./dates.js";
import { countWords } from "./pick.js";
import { hasPledges, healths, turned } from "./pledges.js";
import { showRipple } from "./ripple.js";

/** @typedef {import("./pledges.js").Health} Health */

/**
 * What is in hand: rows side by side, the order as it stands, each row's place in it and the place that those in hand had,
 * and how the promises looked before.
 * @type {{ order: HTMLElement[], places: Map<Element, number>, from: Map<Element, number>, at: number, was: Map<number, Health> } | null}
 */
let held = null;

/** So many rows on either side of what is in hand get their numbers and dates at once: more than any screen shows. */
const NEAR = 80;

/** The first and the last place of rows that get theirs as soon as the step is on the screen. @type {[number, number] | null} */
let waiting = null;

/** @param {number} first @param {number} last */
function later(first, last) {
  if (last - first <= NEAR) return;
  const isPlanned = waiting !== null;
  waiting = waiting ? [Math.min(waiting[0], first), Math.max(waiting[1], last)] : [first, last];
  if (!isPlanned) window.requestAnimationFrame(() => window.setTimeout(catchUp));
}

function catchUp() {
  const [first, last] = waiting ?? [0, -1];
  waiting = null;
  for (let place = first; held && place <= last; place += 1) label(/** @type {HTMLElement} */ (held.order[place]), place);
}

/** Rows are taken up by one of them: from now on they stand side by side. @param {HTMLElement[]} block @param {HTMLElement} lead */
export function takeUp(block, lead) {
  const before = rows();
  const was = healths(before);
  const from = placesOf(before);
  gather(block, lead);
  const order = block.length > 1 ? rows() : before;
  held = { order, places: placesOf(order), from, at: order.indexOf(/** @type {HTMLElement} */ (block[0])), was };
  if (block.length > 1) passOver(block, true);
}

/** @param {HTMLElement[]} order @returns {Map<Element, number>} */
const placesOf = (order) => new Map(order.map((row, index) => [row, index]));

/**
 * The rows in hand are at another place; answers what that means for the promises.
 * @param {HTMLElement[]} block side by side
 * @param {boolean} [whole] whether any row may have another place, not only those that were passed
 * @returns {string}
 */
export function passOver(block, whole = false) {
  const lead = block[0];
  if (!held || !lead) return "";
  const { order, places, from } = held;
  const [first, end] = whole ? [0, order.length - 1] : follow(held, block);
  const now = refresh(order, Math.max(first, held.at - NEAR), Math.min(end, held.at + block.length + NEAR));
  later(first, end);
  for (const row of block) row.querySelector(".when")?.classList.toggle("moved", places.get(row) !== from.get(row));
  copyInto(document.querySelector("body > .lift[data-item]"), block, places);
  const last = /** @type {HTMLElement} */ (block.at(-1));
  const ref = block.length > 1 ? countWords(block.length, "items") : (lead.dataset.item ?? "");
  const own = [from.get(last) ?? 0, places.get(last) ?? 0].map(dayAt);
  return showRipple({ ref, from: from.get(lead) ?? 0, to: held.at, own, turned: turned(held.was, now), hasPledges: hasPledges() });
}

/**
 * Bring the order at hand up to date after its block stands elsewhere; answers the first and the last place that changed.
 * @param {NonNullable<typeof held>} hand
 * @param {HTMLElement[]} block
 * @returns {[number, number]}
 */
function follow(hand, block) {
  const { order, places, at: was } = hand;
  const upper = above(/** @type {HTMLElement} */ (block[0]));
  const over = upper ? (places.get(upper) ?? 0) : -1;
  const at = over > was ? over - block.length + 1 : over + 1;
  order.splice(was, block.length);
  order.splice(at, 0, ...block);
  hand.at = at;
  /** @type {[number, number]} */
  const range = [Math.min(at, was), Math.max(at, was) + block.length - 1];
  for (let index = range[0]; index <= range[1]; index += 1) places.set(/** @type {Element} */ (order[index]), index);
  return range;
}

/** The picture under the hand tells the same as its row. @param {Element | null} copy @param {HTMLElement[]} block @param {Map<Element, number>} places */
function copyInto(copy, block, places) {
  const row = copy instanceof HTMLElement && block.find((one) => one.dataset.item === copy.dataset.item);
  if (!(copy instanceof HTMLElement) || !row) return;
  label(copy, places.get(row) ?? 0);
  copy.querySelector(".given")?.replaceWith(/** @type {Element} */ (row.querySelector(".given")).cloneNode(true));
}

/** Nothing is in hand any more, or rows stand elsewhere for another reason. */
export function settle() {
  held = waiting = null;
  for (const mark of document.querySelectorAll(".when.moved")) mark.classList.remove("moved");
  const panel = document.querySelector("[data-ripple]");
  panel?.setAttribute("hidden", "");
  panel?.parentElement?.classList.remove("has-ripple");
  refresh(rows());
}

document.addEventListener("htmx:after:swap", () => held ?? read());
read();
