// Filters the rows of the backlog by words, which are kept in the address; and counts the lines in fields for many items.
import { rows } from "./backlog.js";
import { closest, filled } from "./dom.js";

const PAUSE_MS = 200;
let timer = 0;

/** @returns {HTMLInputElement | null} */
const field = () => document.querySelector("input[data-filter]");

document.addEventListener("input", (event) => {
  const typed = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-filter]"));
  if (!typed) return;
  filter(typed);
  window.clearTimeout(timer);
  timer = window.setTimeout(() => keep(typed), typed.value ? PAUSE_MS : 0);
});

/** Keep the words in the address, next to the item that is open. @param {HTMLInputElement} from */
function keep(from) {
  const url = new URL(location.href);
  const words = from.value.trim();
  if (words) url.searchParams.set("q", words);
  else url.searchParams.delete("q");
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** Hide the rows that lack a word; hidden rows keep their place. @param {HTMLInputElement} from */
function filter(from) {
  const words = from.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  const all = rows();
  for (const row of all) {
    const content = words.length ? (row.textContent ?? "").toLocaleLowerCase() : "";
    row.hidden = !words.every((word) => content.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const count = from.parentElement?.querySelector("[data-filter-count]");
  const told = shown ? `${shown} / ${all.length}` : (from.dataset.none ?? "");
  if (count) count.textContent = words.length ? told : "";
  document.dispatchEvent(new CustomEvent("backlog:filtered"));
}

// A list that was fetched anew is filtered as before.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const from = field();
  if (ctx?.target?.id === "backlog" && from?.value) filter(from);
});

/** Filter by the words in the address, since the browser may have restored others in the field. */
function fill() {
  const from = field();
  if (!from) return;
  from.value = new URL(location.href).searchParams.get("q") ?? "";
  filter(from);
}

window.addEventListener("popstate", fill);
window.addEventListener("pageshow", (event) => (event.persisted || !timer) && fill());
fill();

// Says how many items the lines in a field for many items make, also for lines that were restored into it.
function count() {
  for (const area of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("textarea[data-lines]"))) {
    const told = /** @type {HTMLElement} */ (document.querySelector(area.dataset.lines ?? ""));
    const lines = area.value.split("\n").filter((line) => line.trim()).length;
    const { none, one, some, most, tooMany } = told.dataset;
    const words = filled([none, one][lines] ?? (lines > Number(most) ? tooMany : some), { count: lines });
    if (told.textContent !== words) told.textContent = words;
  }
}
document.addEventListener("input", count);
count();
