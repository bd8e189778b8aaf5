// The promises that depend on the order of the backlog: the health of each in a given order, and where that is shown.
import { filled } from "./dom.js";

/** @typedef {"on_track" | "at_risk" | "off_track"} Health */
/**
 * @typedef {object} Pledge a promise that depends on the order of the list; `due` is in days from today
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

/** Forecasts in days from today, by place, each as [50 %, 85 %]: for the row at a place, and for all rows up to it. @type {{ rows: number[][], sets: number[][] }} */
let curves = { rows: [], sets: [] };
/** @type {Pledge[]} */
let pledges = [];
/** The selectors of places that show a health, each with the promises of which it shows the worst. @type {Map<string, Pledge[]>} */
let spots = new Map();

/** Read promises and forecasts from the page as the server drew it. */
export function readPledges() {
  const told = JSON.parse(document.getElementById("backlog")?.dataset.curves ?? "{}");
  /** @param {number[][]} [pair] */
  const days = (pair = []) => pair.map((steps) => steps.map(((sum) => (/** @type {number} */ step) => (sum += step))(0)));
  curves = { rows: days(told.rows), sets: days(told.sets) };
  pledges = told.promises ?? [];
  spots = new Map(pledges.filter(({ set }) => set).map((pledge) => [`#due-line-${pledge.number}`, [pledge]]));
  for (const { row } of pledges) {
    if (row) spots.set(`#row-${CSS.escape(row)} .given`, pledges.filter((each) => each.items.includes(row)));
  }
}

/** The health of each promise, by number, if the rows have these places. @param {Map<Element, number>} places @returns {Map<number, Health>} */
export const healths = (places) => new Map(pledges.map((pledge) => [pledge.number, healthOf(pledge, places)]));

/** @param {Pledge} pledge @param {Map<Element, number>} places @returns {Health} */
function healthOf(pledge, places) {
  const rows = pledge.items.map((ref) => document.getElementById(`row-${ref}`));
  const last = Math.max(...rows.map((row) => (row && places.get(row)) ?? 0));
  const [half, sure] = (pledge.set ? curves.sets : curves.rows).map((days) => days[last] ?? Infinity);
  if (sure <= pledge.due) return "on_track";
  return half <= pledge.due ? "at_risk" : "off_track";
}

/** Show the health of the promises: in each row the worst of its own, and on a milestone's line that of the milestone. @param {Map<number, Health>} now */
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

/** How the health of a promise turned: broken, risked, saved, or eased (from off track to at risk). @param {Health} was @param {Health} now @returns {"broken" | "risked" | "saved" | "eased"} */
function turnOf(was, now) {
  if (now === "at_risk") return was === "on_track" ? "risked" : "eased";
  return now === "off_track" ? "broken" : "saved";
}

/** The promises whose health has changed. @param {Map<number, Health>} was @param {Map<number, Health>} now */
export const turned = (was, now) =>
  pledges.flatMap((pledge) => {
    const [before, health] = [was.get(pledge.number), now.get(pledge.number)];
    if (!before || !health || before === health) return [];
    return [{ pledge, health, look: LOOKS[health], turn: turnOf(before, health) }];
  });

/** Whether any promise depends on the order. */
export const hasPledges = () => pledges.length > 0;
