// The forecast dates of the backlog: they belong to places, so a moved row only takes over those of its new place.
import { healths, paintAll, readPledges } from "./pledges.js";

/** The dates of each place, in words: 50 %, 85 %. @type {string[][]} */
let labels = [];
/** The list's rows in their order; found among the children alone, which is faster than a search through their content. @returns {HTMLElement[]} */
export const rows = () =>
  /** @type {HTMLElement[]} */ ([...(document.querySelector("[data-backlog]")?.children ?? [])].filter((one) => one.hasAttribute("data-item")));

/** The next row below, skipping the lines of milestones between rows. @param {Element} row @returns {HTMLElement | null} */
export function below(row) {
  const next = row.nextElementSibling;
  return next && !next.matches("[data-item]") ? below(next) : /** @type {HTMLElement | null} */ (next);
}

/** @param {Element} row @returns {HTMLElement | null} */
export function above(row) {
  const last = row.previousElementSibling;
  return last && !last.matches("[data-item]") ? above(last) : /** @type {HTMLElement | null} */ (last);
}

/** Read the dates of each place from the list as the server drew it. */
export function read() {
  readPledges();
  labels = rows().map((row) => [".half", ".sure"].map((part) => row.querySelector(`.when ${part}`)?.textContent ?? ""));
}

/** The cells of a row that belong to its place: number, 50 %, 85 %. @type {WeakMap<Element, (Element | null)[]>} */
const cells = new WeakMap();

/** @param {Element} row */
function cellsOf(row) {
  const known = cells.get(row);
  if (known?.every((cell) => cell === null || cell.isConnected)) return known;
  const found = [row.firstElementChild, row.querySelector(".when .half"), row.querySelector(".when .sure")];
  cells.set(row, found);
  return found;
}

/** Change only the data of the text node, which costs a tenth of replacing it. @param {Element | null | undefined} part @param {string} text */
export function write(part, text) {
  const node = part?.firstChild;
  if (node instanceof Text && !node.nextSibling) {
    if (node.data !== text) node.data = text;
  } else if (part) part.textContent = text;
}

/** Write a place's number and dates into the row that is there. @param {HTMLElement} row @param {number} index */
export function label(row, index) {
  const [place, half, sure] = cellsOf(row);
  const number = String(index + 1);
  if (!place || place.textContent === number) return;
  write(place, number);
  write(half, labels[index]?.[0] ?? "");
  write(sure, labels[index]?.[1] ?? "");
}

/** Keep the lines of milestones at their places while rows move past them. @param {HTMLElement[]} order */
function placeLines(order) {
  for (const line of [...(order[0]?.parentElement?.children ?? [])].filter((one) => one.hasAttribute("data-due-line"))) {
    const next = order[Number(line.getAttribute("data-due-line"))] ?? null;
    if (below(line) !== next) line.parentElement?.insertBefore(line, next);
  }
}

/**
 * Bring up to date the numbers and dates between two places, the lines of milestones, and the health of promises.
 * @param {HTMLElement[]} order
 * @param {Map<Element, number>} places
 * @param {number} [first]
 * @param {number} [last]
 */
export function refresh(order, places, first = 0, last = order.length - 1) {
  for (let index = first; index <= last; index += 1) label(order[index], index);
  placeLines(order);
  const now = healths(places);
  paintAll(now);
  return now;
}

/** The 85 % date of a place, in words. @param {number} index */
export const dayAt = (index) => labels[index]?.[1] ?? "";
