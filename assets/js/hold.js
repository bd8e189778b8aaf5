// Rows of the backlog while they are being moved, by mouse or by key: at each step, only the rows that are passed get new numbers
// and dates.
import { gather } from "./block.js";
import { above, dayAt, label, read, refresh, rows } from "./dates.js";
import { countWords } from "./pick.js";
import { hasPledges, healths, turned } from "./pledges.js";
import { showRipple } from "./ripple.js";

/** @typedef {import("./pledges.js").Health} Health */

/**
 * The move that is going on: the list's present order, each row's place in it, each row's place before the move, the place of the
 * first moved row, and the health of the promises before.
 * @type {{ order: HTMLElement[], places: Map<Element, number>, from: Map<Element, number>, at: number, was: Map<number, Health> } | null}
 */
let held = null;

/** How many rows on either side of the moved ones get their numbers and dates at once: more than any screen shows. */
const NEAR = 40;
/** How many of the other rows get theirs at a time, between two frames. */
const SHARE = 150;

/** The first and last place of the rows that get theirs after the step has been drawn on the screen. @type {[number, number] | null} */
let waiting = null;
let isPlanned = false;

/** @param {number} first @param {number} last */
function later(first, last) {
  waiting = waiting ? [Math.min(waiting[0], first), Math.max(waiting[1], last)] : [first, last];
  plan();
}

function plan() {
  if (!isPlanned) window.requestAnimationFrame(() => window.setTimeout(() => catchUp(SHARE)));
  isPlanned = true;
}

/** @param {number} share */
function catchUp(share) {
  isPlanned = false;
  if (!waiting) return;
  const order = held?.order ?? rows();
  const [first, last] = [waiting[0], Math.min(waiting[1], order.length - 1)];
  const end = Math.min(last, first + share);
  for (let place = first; place <= end; place += 1) label(/** @type {HTMLElement} */ (order[place]), place);
  waiting = end < last ? [end + 1, last] : null;
  if (waiting) plan();
}

/** Begin to move rows by one of them, the `lead`: from now on they are side by side. @param {HTMLElement[]} block @param {HTMLElement} lead */
export function takeUp(block, lead) {
  const before = rows();
  const from = placesOf(before);
  const was = healths(from);
  gather(block, lead);
  const order = block.length > 1 ? rows() : before;
  held = { order, places: placesOf(order), from, at: order.indexOf(/** @type {HTMLElement} */ (block[0])), was };
  if (block.length > 1) passOver(block, true);
}

/** @param {HTMLElement[]} order @returns {Map<Element, number>} */
const placesOf = (order) => new Map(order.map((row, index) => [row, index]));

/**
 * Note that the moved rows are at another place now; returns a sentence about what that means for the promises.
 * @param {HTMLElement[]} block side by side
 * @param {boolean} [whole] whether any row may have another place, not only those that were passed
 * @returns {string}
 */
export function passOver(block, whole = false) {
  const lead = block[0];
  if (!held || !lead) return "";
  const { order, places, from } = held;
  const [first, end] = whole ? [0, order.length - 1] : follow(held, block);
  const now = refreshNear(order, places, held.at, block.length, [first, end]);
  for (const row of block) row.querySelector(".when")?.classList.toggle("moved", places.get(row) !== from.get(row));
  copyInto([...document.body.children].find((one) => one.matches(".lift[data-item]")), block, places);
  const last = /** @type {HTMLElement} */ (block.at(-1));
  const ref = block.length > 1 ? countWords(block.length, "items") : (lead.dataset.item ?? "");
  const own = [from.get(last) ?? 0, places.get(last) ?? 0].map(dayAt);
  return showRipple({ ref, from: from.get(lead) ?? 0, to: held.at, own, turned: turned(held.was, now), hasPledges: hasPledges() });
}

/**
 * Bring the order in `hand` up to date after the block moved; returns the first and the last place that changed.
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

/** Update the dragged picture so that it shows the same as its row. @param {Element | undefined} copy @param {HTMLElement[]} block @param {Map<Element, number>} places */
function copyInto(copy, block, places) {
  const row = copy instanceof HTMLElement && block.find((one) => one.dataset.item === copy.dataset.item);
  if (!(copy instanceof HTMLElement) || !row) return;
  label(copy, places.get(row) ?? 0);
  copy.querySelector(".given")?.replaceWith(/** @type {Element} */ (row.querySelector(".given")).cloneNode(true));
}

/**
 * Bring up to date what is near the moved rows at once, and the rest of what they passed a little later.
 * @param {HTMLElement[]} order
 * @param {Map<Element, number>} places
 * @param {number} at
 * @param {number} count
 * @param {[number, number]} range
 */
function refreshNear(order, places, at, count, [first, last]) {
  const [above, below] = [Math.max(first, at - NEAR), Math.min(last, at + count + NEAR)];
  if (above > first || below < last) later(first, last);
  return refresh(order, places, above, below);
}

/** End a move, or take notice that rows have moved for another reason. @param {HTMLElement[]} [block] the rows that moved; without it, any may have */
export function settle(block) {
  held = null;
  for (const mark of document.querySelectorAll(".when.moved")) mark.classList.remove("moved");
  const panel = document.getElementById("ripple");
  panel?.setAttribute("hidden", "");
  panel?.parentElement?.classList.remove("has-ripple");
  const order = rows();
  const at = block?.[0] ? order.indexOf(block[0]) : 0;
  refreshNear(order, placesOf(order), at, block?.length ?? order.length, [0, order.length - 1]);
}

// Before the list is drawn anew, every row must have its right number.
document.addEventListener("htmx:before:swap", () => catchUp(Infinity));

document.addEventListener("htmx:after:swap", () => held ?? read());
read();
