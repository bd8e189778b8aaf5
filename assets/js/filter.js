// Finding rows of the backlog by their words, which the address keeps, and counting the lines of many new ones.
import { rows } from "./backlog.js";
import { closest } from "./dom.js";

const PAUSE_MS = 200;
let timer = 0;

/** @returns {HTMLInputElement | null} */
const field = () => document.querySelector("input[data-filter]");

document.addEventListener("input", (event) => {
  const typed = closest(event, "input[data-filter]");
  if (!(typed instanceof HTMLInputElement)) return;
  filter(typed);
  window.clearTimeout(timer);
  timer = window.setTimeout(() => keep(typed), typed.value ? PAUSE_MS : 0);
});

/** Keep the words in the address, beside the item that is open. @param {HTMLInputElement} from */
function keep(from) {
  const url = new URL(location.href);
  const words = from.value.trim();
  if (words) url.searchParams.set("q", words);
  else url.searchParams.delete("q");
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** Hide the rows in which a word does not stand; hidden ones keep their place. @param {HTMLInputElement} from */
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

/** The words of the address, unless somebody types already; a browser may have kept others in the field. */
function fill() {
  const from = field();
  if (!from) return;
  from.value = new URL(location.href).searchParams.get("q") ?? "";
  filter(from);
}

window.addEventListener("popstate", fill);
window.addEventListener("pageshow", (event) => (event.persisted || !timer) && fill());
fill();

// Many at once: how many the lines would make.
document.addEventListener("input", (event) => {
  const area = closest(event, "textarea[data-lines]");
  const told = area instanceof HTMLTextAreaElement ? document.querySelector(area.dataset.lines ?? "") : null;
  if (!(area instanceof HTMLTextAreaElement) || !(told instanceof HTMLElement)) return;
  const count = area.value.split("\n").filter((line) => line.trim()).length;
  const { none, one, some, most, tooMany } = told.dataset;
  const words = count === 0 ? none : count === 1 ? one : count > Number(most) ? tooMany : some;
  told.textContent = (words ?? "").replace("{count}", String(count));
});
