// Picking rows of the backlog, or cards of the board, to act on all of them: Ctrl+click and X pick one; Shift+click and, in the
// backlog, Shift+arrows pick a range; a finger picks the first by a long press and others by taps. Escape unpicks all. The bar below
// says how many are picked and what can be done with them. A link in it with data-picked-link gets their references as `items`, so
// that a new action needs only one more link.
import { announce } from "./announce.js";
import { rows } from "./dates.js";
import { board, closest, isFree, isHeld } from "./dom.js";
import { release } from "./hand.js";

const PICKED = ":is([data-backlog][data-picks] > [data-item], [data-board][data-picks] .col:not([data-stage=done], .is-folded) .card:not([hidden]))";

/** The references of the picked rows or cards. @type {Set<string>} */
const picked = new Set();
/** One more than the server accepts at once, so that it refuses too many instead of never hearing of the rest. */
const MOST_NAMED = 501;
const isTooMany = (/** @type {number} */ count) => count >= MOST_NAMED;
/** The reference at which a range begins. */
let anchor = "";

/** @param {HTMLElement} row */
const refOf = (row) => row.dataset.item ?? "";

/** All rows or cards, in the order of the page. */
const all = () => /** @type {HTMLElement[]} */ (board() ? [...document.querySelectorAll(".board .card")] : rows());

/** The picked rows or cards, in the order of the page. */
export const pickedRows = () => (picked.size ? all().filter((row) => picked.has(refOf(row))) : []);

/** What moves along with this one: all picked ones if it is one of them, or else itself alone. @param {HTMLElement} row */
export const blockOf = (row) => (picked.has(refOf(row)) ? pickedRows().filter((one) => one === row || one.matches(PICKED)) : [row]);

/** The address that does this act to all picked ones, if this is one of several; null otherwise. @param {string} ref @param {string} act @returns {string | null} */
export function linkFor(ref, act) {
  const link = picked.size > 1 && picked.has(ref) ? bar()?.querySelector(`[data-picked-${act}]`) : null;
  return link instanceof HTMLAnchorElement ? link.href : null;
}

/** @param {HTMLElement} row */
export function toggle(row) {
  if (!row.matches(PICKED)) return;
  anchor = refOf(row);
  if (!picked.delete(anchor)) picked.add(anchor);
  show();
}

/** Pick everything that is shown between the beginning of the range and this row. @param {HTMLElement} row @param {HTMLElement} [from] */
export function extendTo(row, from) {
  const shown = all().filter((one) => !one.hidden && one.matches(PICKED));
  if (!shown.some((one) => refOf(one) === anchor)) anchor = refOf(from ?? row);
  const ends = [shown.findIndex((one) => refOf(one) === anchor), shown.indexOf(row)].sort((one, other) => one - other);
  picked.clear();
  for (const one of shown.slice(ends[0], (ends[1] ?? 0) + 1)) picked.add(refOf(one));
  show();
}

export function letGo() {
  const isInBar = bar()?.contains(document.activeElement);
  const last = all().find((row) => refOf(row) === anchor);
  picked.clear();
  anchor = "";
  show();
  if (isInBar) /** @type {HTMLElement | null | undefined} */ (last?.querySelector(".title a"))?.focus();
}

const bar = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-picked]"));

/** "3 selected" or, for what is being moved, "3 items". @param {number} count @param {"many" | "items"} [name] */
export function countWords(count, name = "many") {
  const words = bar()?.dataset ?? {};
  return (words[count === 1 ? "one" : isTooMany(count) && name === "many" ? "tooMany" : name] ?? "").replace("{count}", String(count));
}

/** Show in the rows and in the bar what is picked. @param {{ quiet?: boolean }} [how] */
function show({ quiet = false } = {}) {
  const around = bar();
  for (const row of all()) {
    const isPicked = picked.has(refOf(row));
    if (row.classList.contains("is-picked") === isPicked) continue;
    row.classList.toggle("is-picked", isPicked);
    const link = row.querySelector(".title a");
    if (isPicked) link?.setAttribute("aria-description", around?.dataset.picked ?? "");
    else link?.removeAttribute("aria-description");
  }
  if (!around) return;
  const was = around.hidden;
  around.hidden = !picked.size;
  around.querySelector(".picked-acts")?.toggleAttribute("hidden", isTooMany(picked.size));
  const told = countWords(picked.size);
  const count = around.querySelector("[data-picked-count]");
  if (count && picked.size) count.textContent = told;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (around.querySelectorAll("a[data-picked-link]"))) {
    const url = new URL(link.href);
    url.searchParams.set("items", pickedRows().slice(0, MOST_NAMED).map(refOf).join(" "));
    link.href = url.href;
  }
  if (!quiet && !(was && around.hidden)) announce(picked.size ? told : (around.dataset.none ?? ""));
}

/** Unpick what is no longer there or hidden, unless something is being carried. */
function tidy() {
  if (!picked.size) return;
  const shown = new Set(all().filter((row) => !row.hidden && row.matches(PICKED)).map(refOf));
  for (const ref of picked) if (!shown.has(ref) && !isHeld()) picked.delete(ref);
  show({ quiet: true });
}

document.addEventListener(
  "click",
  (event) => {
    const row = closest(event, PICKED);
    const isTapped = isFinger && event.detail > 0 && picked.size > 0;
    const isTouched = event.ctrlKey || event.metaKey || event.shiftKey || isTapped;
    if (!row || !isTouched || event.button !== 0 || closest(event, ".move, form, #quick")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.shiftKey) extendTo(row);
    else toggle(row);
    /** @type {HTMLElement | null} */ (row.querySelector(".title a"))?.focus({ preventScroll: true });
  },
  true,
);
/** How long a press must be to pick; a slow tap still opens. */
const HOLD_MS = 500;
/** Whether the last press was by finger, and when it began. */
let isFinger = false;
let downAt = 0;
document.addEventListener(
  "pointerdown",
  (event) => {
    isFinger = event.pointerType === "touch";
    downAt = event.timeStamp;
  },
  true,
);
document.addEventListener(
  "pointerup",
  (event) => {
    const row = isFinger && event.isTrusted ? closest(event, `${PICKED}.sortable-chosen`) : null;
    if (!row || event.timeStamp - downAt < HOLD_MS || document.body.matches(".is-dragging")) return;
    isFinger = false; // so that a click that may follow does not count as a tap
    release();
    toggle(row);
  },
  true,
);
// Two quick taps pick twice and open nothing.
document.addEventListener("dblclick", (event) => isFinger && picked.size && closest(event, PICKED) && event.stopImmediatePropagation(), true);
// Shift+click picks a range of rows here, and must not select text.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && closest(event, PICKED) && !closest(event, "form")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (closest(event, "[data-picked-clear]")) letGo();
});

document.addEventListener(
  "keydown",
  (event) => {
    const row = event.key.toLowerCase() === "x" ? closest(event, PICKED) : null;
    const isLettingGo = event.key === "Escape" && picked.size > 0;
    if (!(row || isLettingGo) || !isFree(event)) return;
    if (row) toggle(row);
    else letGo();
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

for (const name of ["backlog:filtered", "board:changed", "board:folded", "board:more", "board:replaced", "htmx:after:swap"]) document.addEventListener(name, tidy);

// Keep toasts above the bar, however high it is.
const [shelf, notices] = [bar(), document.getElementById("toasts")];
if (shelf && notices) new ResizeObserver(() => (notices.style.marginBlockEnd = `${shelf.offsetHeight}px`)).observe(shelf);
