// The command bar: one field for items here and everywhere, for pages and, after `>`, for what can be done with an item.
import { announce } from "./announce.js";
import { holding, remaining, searchHere, searchThere } from "./choices.js";
import { showDialog } from "./dialog.js";
import { closest, isPlainClick } from "./dom.js";
import { draw, mark } from "./options.js";
import { panelItem } from "./panel.js";

/** @typedef {import("./choices.js").Choice} Choice */

const MOST = 14;
const MOST_ACTS = 40;
/** How many of them are at least reserved for the server's choices, if it finds that many. */
const ROOM = 7;
const PAUSE_MS = 140;
const SAY_MS = 500;
const palette = document.getElementById("palette");
const input = palette?.querySelector("input");
const list = document.getElementById("palette-list");
/** @type {Choice[]} */
let shown = [];
let at = 0;
/** The item that had the focus, or was open, when the bar was opened. */
let about = "";
let timer = 0;
let saying = 0;
let asking = new AbortController();
/** What the server offered, by address, as long as the bar is open. @type {Map<string, Choice[]>} */
const known = new Map();
/** What the server found last; what still matches the words stays until the next answer, so that nothing jumps. @type {Choice[]} */
let latest = [];

/** The item and the words of the action in "ITEM > words"; null without a `>`. @param {string} value */
function parted(value) {
  const [before = "", ...behind] = value.split(">");
  if (!behind.length) return null;
  const ref = before.trim().toUpperCase();
  return { ref: /^[A-Z]{2,8}-\d{1,9}$/.test(ref) ? ref : before.trim() ? "" : about, act: behind.join(">").trim() };
}

/** @param {string} value @returns {string} the address that offers choices for this input, or "" */
function addressFor(value) {
  const deed = parted(value);
  if (deed) return deed.ref ? `/items/${deed.ref}/acts` : "";
  return value.trim() ? `${list?.dataset.choices}?q=${encodeURIComponent(value.trim())}` : "";
}

/** @param {Choice[]} found @param {"away" | "awaited" | ""} server */
function show(found, server = "") {
  const chosen = shown[at];
  shown = found.filter((one) => !one.head).slice(0, found.some((one) => one.head) ? MOST_ACTS : MOST);
  at = Math.max(0, at && chosen ? shown.findIndex((one) => one.ref === chosen.ref && one.text === chosen.text) : 0);
  const { away = "", empty = "", one = "", many = "" } = list?.dataset ?? {};
  const sentence = server === "away" ? away : shown.length || server ? "" : empty;
  draw(shown, found.find((each) => each.head)?.text ?? "", sentence);
  if (input) mark(input, at);
  window.clearTimeout(saying);
  if (server === "awaited") return;
  const told = sentence || (shown.length === 1 ? one : many.replace("{count}", String(shown.length)));
  saying = window.setTimeout(() => palette?.matches("[open]") && announce(told), SAY_MS);
}

function refresh() {
  const value = input?.value ?? "";
  const deed = parted(value);
  const here = deed ? (deed.ref ? [] : searchHere(deed.act, true)) : [...offer(value), ...searchHere(value)];
  const url = addressFor(value);
  const there = known.get(url);
  window.clearTimeout(timer);
  asking.abort();
  if (there) return show(together(here, there, deed?.act));
  if (!deed?.ref) show(url ? together(here, remaining(latest, value)) : here, url ? "awaited" : "");
  if (url) timer = window.setTimeout(() => void ask(url, here, deed?.act), deed ? 0 : PAUSE_MS);
}

/** The choice that leads to the actions of the current item, as long as nothing is typed. @param {string} value @returns {Choice[]} */
function offer(value) {
  return about && !value.trim() ? [{ ref: about, text: list?.dataset.do ?? "", kind: ">", go: () => fill(`${about} > `) }] : [];
}

/** @param {string} url @param {Choice[]} here @param {string} [act] */
async function ask(url, here, act) {
  asking = new AbortController();
  const { signal } = asking;
  const there = await searchThere(url, signal);
  if (signal.aborted) return;
  if (there) known.set(url, there);
  if (act === undefined) latest = there ?? [];
  show(together(here, there ?? [], act), there ? "" : "away");
}

/** The page's own choices first, then the server's, each item once. @param {Choice[]} here @param {Choice[]} there @param {string} [act] */
function together(here, there, act) {
  if (act !== undefined) return [...here, ...holding(there, act)];
  const named = new Set(there.map((one) => one.ref));
  const own = here.filter((one) => one.text || !named.has(one.ref));
  const refs = new Set(own.map((one) => one.ref).filter(Boolean));
  const more = there.filter((one) => !refs.has(one.ref));
  return [...own.slice(0, MOST - Math.min(more.length, ROOM)), ...more];
}

/** @param {string} value */
function fill(value) {
  if (!(palette instanceof HTMLDialogElement) || !input) return;
  if (!palette.open) showDialog(palette);
  input.value = value;
  input.focus();
  at = 0;
  refresh();
}

/** @param {number} index */
function choose(index) {
  const choice = shown[index];
  if (!choice || !(palette instanceof HTMLDialogElement)) return;
  if (choice.kind !== ">") palette.close();
  choice.go();
}

function open() {
  const item = document.activeElement?.closest("[data-item]")?.getAttribute("data-item");
  about = item ?? panelItem() ?? document.querySelector("[data-item-open]")?.getAttribute("data-item-open") ?? "";
  known.clear();
  latest = [];
  fill("");
}

input?.addEventListener("input", () => {
  const ref = shown[at]?.ref;
  at = 0;
  // `>` typed after words stands for the chosen item that they have found.
  if (input.value.endsWith(">") && ref && parted(input.value)?.ref === "") input.value = `${ref} > `;
  refresh();
});
input?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const ref = shown[at]?.ref;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (shown.length) at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
    if (input) mark(input, at);
  } else if (event.key === "Enter") {
    event.preventDefault();
    choose(at);
  } else if (event.key === "Tab" && !event.shiftKey && ref) {
    event.preventDefault();
    fill(`${ref} > `);
  }
});
document.addEventListener("click", (event) => {
  const choice = closest(event, "[data-choice]");
  if (choice) return choose(Number(choice.dataset.choice));
  if (!closest(event, "[data-palette-open]") || !isPlainClick(event)) return;
  event.preventDefault();
  open();
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault();
  open();
});
