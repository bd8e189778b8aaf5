// The backlog's dates: they belong to places, so a move only hands them on. Also how each promise looks in an order.
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

/** What stands in front of and beside each place: half, 85 %. @type {string[][]} */
let labels = [];
/** Days from today by place: half, 85 %; of single rows and of all up to a place. @type {{ rows: number[][], sets: number[][] }} */
let curves = { rows: [], sets: [] };
/** @type {Pledge[]} */
let pledges = [];
/** @returns {HTMLElement[]} */
export const rows = () => [...document.querySelectorAll("[data-backlog] > [data-item]")].map((row) => /** @type {HTMLElement} */ (row));

/** A row's next one below, past the lines that lie between rows. @param {Element} row @returns {HTMLElement | null} */
export function below(row) {
  const next = row.nextElementSibling;
  return next && !next.matches("[data-item]") ? below(next) : /** @type {HTMLElement | null} */ (next);
}

/** @param {Element} row @returns {HTMLElement | null} */
export function above(row) {
  const last = row.previousElementSibling;
  return last && !last.matches("[data-item]") ? above(last) : /** @type {HTMLElement | null} */ (last);
}

/** Take the dates of each place from the page as the server drew it. */
export function read() {
  const told = JSON.parse(document.getElementById("backlog")?.dataset.curves ?? "{}");
  /** @param {number[][]} [pair] */
  const days = (pair = []) => pair.map((steps) => steps.map(((sum) => (/** @type {number} */ step) => (sum += step))(0)));
  curves = { rows: days(told.rows), sets: days(told.sets) };
  pledges = told.promises ?? [];
  labels = rows().map((row) => [".half", ".sure"].map((part) => row.querySelector(`.when ${part}`)?.textContent ?? ""));
}

/** The parts of a row that belong to its place: number, half, 85 %. @type {WeakMap<Element, (Element | null)[]>} */
const cells = new WeakMap();

/** @param {Element} row */
function cellsOf(row) {
  const known = cells.get(row);
  if (known?.every((cell) => cell === null || cell.isConnected)) return known;
  const found = [row.firstElementChild, row.querySelector(".when .half"), row.querySelector(".when .sure")];
  cells.set(row, found);
  return found;
}

/** Change the words alone, not the nodes, which costs a tenth. @param {Element | null | undefined} part @param {string} text */
export function write(part, text) {
  const node = part?.firstChild;
  if (node instanceof Text && !node.nextSibling) {
    if (node.data !== text) node.data = text;
  } else if (part) part.textContent = text;
}

/** Write a place's number and dates into the row that stands there. @param {HTMLElement} row @param {number} index */
export function label(row, index) {
  const [place, half, sure] = cellsOf(row);
  const number = String(index + 1);
  if (!place || place.textContent === number) return;
  write(place, number);
  write(half, labels[index]?.[0] ?? "");
  write(sure, labels[index]?.[1] ?? "");
}

/** How each promise looks in this order. @param {HTMLElement[]} order @returns {Map<number, Health>} */
export function healths(order) {
  const places = new Map(order.map((row, index) => [row.dataset.item, index]));
  return new Map(pledges.map((pledge) => [pledge.number, healthOf(pledge, places)]));
}

/** @param {Pledge} pledge @param {Map<string | undefined, number>} places @returns {Health} */
function healthOf(pledge, places) {
  const last = Math.max(...pledge.items.map((ref) => places.get(ref) ?? 0));
  const [half, sure] = (pledge.set ? curves.sets : curves.rows).map((days) => days[last] ?? Infinity);
  if (sure <= pledge.due) return "on_track";
  return half <= pledge.due ? "at_risk" : "off_track";
}

/** Show a promise's health where it stands: in its row, or on its line. @param {Pledge} pledge @param {Health} health */
function paint(pledge, health) {
  const where = pledge.row ? `#row-${CSS.escape(pledge.row)} .given` : `#tide-${pledge.number}`;
  const chip = document.querySelector(`${where} .chip`);
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
  const text = document.getElementById("dates-words")?.getAttribute(`data-${name.replaceAll("_", "-")}`) ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Lines keep their place while rows go past. @param {HTMLElement[]} order */
function placeLines(order) {
  for (const line of document.querySelectorAll("[data-backlog] > [data-tide]")) {
    const next = order[Number(line.getAttribute("data-tide"))] ?? null;
    if (below(line) !== next) line.parentElement?.insertBefore(line, next);
  }
}

/** Numbers, dates, lines and promises as the rows stand now, between two places. @param {HTMLElement[]} order @param {number} [first] @param {number} [last] */
export function refresh(order, first = 0, last = order.length - 1) {
  for (let index = first; index <= last; index += 1) label(order[index], index);
  placeLines(order);
  const now = healths(order);
  for (const pledge of pledges) paint(pledge, /** @type {Health} */ (now.get(pledge.number)));
  return now;
}

/** The 85 % day of a place, in words. @param {number} index */
export const dayAt = (index) => labels[index]?.[1] ?? "";

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
