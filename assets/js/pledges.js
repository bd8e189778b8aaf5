// The promises that the backlog's order decides: how each looks in an order, and where that shows.
import { filled } from "./dom.js";

/** @typedef {"on_track" | "at_risk" | "off_track"} Health */
/**
 * @typedef {object} Pledge a promise that the order of the list decides; `due` counts days from today
 * @property {number} number
 * @property {string} name
 * @property {string} day
 * @property {number} due
 * @property {string[]} items
 * @property {boolean} set
 * @property {string} row
 */

const LOOKS = { on_track: ["good", "check"], at_risk: ["warn", "triangle-alert"], off_track: ["bad", "octagon-minus"] };
/** @type {Health[]} */
const WORST_FIRST = ["off_track", "at_risk", "on_track"];

/** Days from today by place: half, 85 %; of single rows and of all up to a place. @type {{ rows: number[][], sets: number[][] }} */
let curves = { rows: [], sets: [] };
/** @type {Pledge[]} */
let pledges = [];
/** Where a health is shown, with the promises whose worst it is. @type {Map<string, Pledge[]>} */
let spots = new Map();

/** Take promises and curves from the page as the server drew it. */
export function readPledges() {
  const told = JSON.parse(document.getElementById("backlog")?.dataset.curves ?? "{}");
  /** @param {number[][]} [pair] */
  const days = (pair = []) => pair.map((steps) => steps.map(((sum) => (/** @type {number} */ step) => (sum += step))(0)));
  curves = { rows: days(told.rows), sets: days(told.sets) };
  pledges = told.promises ?? [];
  spots = new Map(pledges.filter(({ set }) => set).map((pledge) => [`#tide-${pledge.number}`, [pledge]]));
  for (const { row } of pledges) {
    if (row) spots.set(`#row-${CSS.escape(row)} .given`, pledges.filter((each) => each.items.includes(row)));
  }
}

/** How each promise looks when the rows have these places. @param {Map<Element, number>} places @returns {Map<number, Health>} */
export const healths = (places) => new Map(pledges.map((pledge) => [pledge.number, healthOf(pledge, places)]));

/** @param {Pledge} pledge @param {Map<Element, number>} places @returns {Health} */
function healthOf(pledge, places) {
  const rows = pledge.items.map((ref) => document.getElementById(`row-${ref}`));
  const last = Math.max(...rows.map((row) => (row && places.get(row)) ?? 0));
  const [half, sure] = (pledge.set ? curves.sets : curves.rows).map((days) => days[last] ?? Infinity);
  if (sure <= pledge.due) return "on_track";
  return half <= pledge.due ? "at_risk" : "off_track";
}

/** Show how the promises look where they stand: the worst of a row's in the row, a milestone's on its line. @param {Map<number, Health>} now */
export function paintAll(now) {
  for (const [where, under] of spots) {
    const known = under.flatMap(({ number }) => now.get(number) ?? []);
    const worst = WORST_FIRST.find((health) => known.includes(health));
    if (worst) paint(document.querySelector(`${where} .chip`), worst);
  }
}

/** @param {Element | null} chip @param {Health} health */
function paint(chip, health) {
  const sign = chip?.querySelector("use");
  const [kind, icon] = LOOKS[health];
  if (!chip || !sign || chip.classList.contains(kind)) return;
  chip.classList.remove("good", "warn", "bad");
  chip.classList.add(kind);
  sign.setAttribute("href", `${sign.getAttribute("href")?.split("#")[0]}#${icon}`);
  const word = chip.querySelector(".word") ?? chip.lastChild;
  if (word) word.textContent = ` ${dateWords(health)}`;
}

/** @param {string} name @param {Record<string, string>} [values] */
export function dateWords(name, values = {}) {
  return filled(document.getElementById("dates-words")?.getAttribute(`data-${name.replaceAll("_", "-")}`), values);
}

/** What became of a promise: broken, put at risk, saved, or saved in part. @param {Health} was @param {Health} now @returns {"broken" | "risked" | "saved" | "eased"} */
function turnOf(was, now) {
  if (now === "at_risk") return was === "on_track" ? "risked" : "eased";
  return now === "off_track" ? "broken" : "saved";
}

/** The promises that look otherwise than they did. @param {Map<number, Health>} was @param {Map<number, Health>} now */
export const turned = (was, now) =>
  pledges.flatMap((pledge) => {
    const [before, health] = [was.get(pledge.number), now.get(pledge.number)];
    if (!before || !health || before === health) return [];
    return [{ pledge, health, look: LOOKS[health], turn: turnOf(before, health) }];
  });

/** Whether the order decides any promise. */
export const hasPledges = () => pledges.length > 0;
