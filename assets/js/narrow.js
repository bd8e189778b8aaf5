// The filter of a board: it hides loaded cards at once, until the server's answer replaces them; the address keeps the filter.
import { announce } from "./announce.js";
import { filtered } from "./changes.js";
import { board, closest } from "./dom.js";
import { redraw } from "./redraw.js";

const PAUSE_MS = 200;
const AGAIN_MS = 3000;
let timer = 0;

/** @returns {HTMLFormElement | null} */
const form = () => document.querySelector("form[data-filters]");

/** The filter in the form, without empty parts. @param {HTMLFormElement} from */
function asked(from) {
  const words = /** @type {[string, string][]} */ ([...new FormData(from)]);
  return new URLSearchParams(words.map(([name, word]) => [name, word.trim()]).filter(([, word]) => word));
}

/** Put the filter into the address, next to the item that is open. @param {URLSearchParams} words */
function address(words) {
  const open = new URL(location.href).searchParams.get("item");
  if (open) words.set("item", open);
  const query = String(words);
  history.replaceState(history.state, "", query ? `${location.pathname}?${query}` : location.pathname);
}

/** Hide the loaded cards that lack a word. @param {string} query */
function atOnce(query) {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (board()?.querySelectorAll(".card") ?? [])) {
    const parts = [...card.querySelectorAll(".ref, .title, .tag")].map((part) => part.textContent ?? "");
    const text = parts.join(" ").toLocaleLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
  }
}

/** Show how many parts of the filter are in use, and the button to clear it. @param {HTMLFormElement} from */
function tell(from) {
  const words = asked(from);
  const count = from.querySelector("[data-filter-count]");
  if (count) count.textContent = words.size ? String(words.size) : "";
  from.querySelector("[data-filters-clear]")?.toggleAttribute("hidden", !words.size);
}

/** If no column in sight has a match, as may be on a phone, scroll to the first one that has. */
function bringIntoSight() {
  if (!filtered("")) return;
  const columns = [...(board()?.querySelectorAll(".col:has(.card:not([hidden]))") ?? [])];
  const isSeen = columns.some((column) => {
    const { left, right } = column.getBoundingClientRect();
    return left + right > 0 && left + right < 2 * window.innerWidth;
  });
  if (!isSeen) columns[0]?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** Fetch the filtered board, after a pause while somebody types. @param {number} [pause_ms] */
function apply(pause_ms = 0) {
  const from = form();
  if (!from || !board()) return;
  tell(from);
  window.clearTimeout(timer);
  timer = window.setTimeout(async () => {
    address(asked(from));
    if (!(await redraw())) return apply(AGAIN_MS);
    const found = document.getElementById("board-found")?.textContent?.trim();
    announce(found || (from.dataset.all ?? ""));
    bringIntoSight();
  }, pause_ms);
}

/** @param {HTMLFormElement} from @param {URLSearchParams} words */
function fill(from, words) {
  for (const field of from.elements) {
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = words.get(field.name) === field.value;
    else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = words.get(field.name) ?? "";
  }
  tell(from);
}

document.addEventListener("input", (event) => {
  const field = closest(event, "form[data-filters] input[name=q]");
  if (!(field instanceof HTMLInputElement)) return;
  atOnce(field.value);
  apply(field.value ? PAUSE_MS : 0);
});
document.addEventListener("change", (event) => {
  if (closest(event, "form[data-filters] :is(select, input[type=checkbox])")) apply();
});
document.addEventListener("submit", (event) => {
  if (!closest(event, "form[data-filters]") || !board()) return;
  event.preventDefault();
  apply();
});

document.addEventListener("click", (event) => {
  const from = form();
  if (!from) return;
  const opener = closest(event, "[data-filters-open]");
  if (opener) opener.setAttribute("aria-expanded", String(from.classList.toggle("is-open")));
  if (!closest(event, "[data-filters-clear]")) return;
  event.preventDefault();
  fill(from, new URLSearchParams());
  atOnce("");
  apply();
  from.querySelector("input")?.focus();
});

// Back and Forward may lead to another filter.
window.addEventListener("popstate", () => {
  const from = form();
  if (!from || !board()) return;
  fill(from, new URL(location.href).searchParams);
  if (filtered("") !== (asked(from).size ? `?${asked(from)}` : "")) void redraw();
});
bringIntoSight();
