// The backlog's list: its filter, the menu of a row, and the numbers in front that follow every change.
import htmx from "htmx.org";

import { announce } from "./announce.js";
import { openDialog, showDialog } from "./dialog.js";
import { closest, isPlainClick } from "./dom.js";

/** @returns {HTMLElement | null} */
export const list = () => document.querySelector("[data-backlog]");

/** @param {ParentNode | null} [among] @returns {HTMLElement[]} */
export const rows = (among = list()) => /** @type {HTMLElement[]} */ ([...(among?.querySelectorAll("[data-item]") ?? [])]);

/** Write each row's place in front of it; a filter hides rows but does not change their places. */
export function renumber() {
  for (const [index, row] of rows().entries()) {
    const place = row.querySelector(".k");
    if (place) place.textContent = String(index + 1);
  }
}

/**
 * Tell the server where a row stands now: behind its neighbour above, or before the one below.
 * @param {HTMLElement} row
 * @param {() => void} putBack what to do when the server refuses
 */
export async function sendPlace(row, putBack) {
  const ref = row.dataset.item ?? "";
  const above = /** @type {HTMLElement | null} */ (row.previousElementSibling);
  const below = /** @type {HTMLElement | null} */ (row.nextElementSibling);
  const place = above ? `after:${above.dataset.item}` : `before:${below?.dataset.item}`;
  renumber();
  row.classList.add("is-saving");
  await post(ref, { place, view: "backlog" }, putBack);
  row.classList.remove("is-saving");
}

/**
 * @param {string} ref
 * @param {Record<string, string>} values
 * @param {() => void} putBack
 */
async function post(ref, values, putBack) {
  let taken = false;
  /** @param {Event} event */
  const heard = (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx.sourceElement === source) taken = (ctx.response?.status ?? 0) < 300 && (ctx.response?.status ?? 0) >= 200;
  };
  const source = document.createElement("div");
  (list() ?? document.body).after(source);
  document.addEventListener("htmx:finally:request", heard);
  await htmx.ajax("POST", `/items/${encodeURIComponent(ref)}/move`, {
    source,
    target: source,
    swap: "none",
    values: { ...values, command: crypto.randomUUID() },
  });
  document.removeEventListener("htmx:finally:request", heard);
  source.remove();
  if (taken) return;
  putBack();
  renumber();
}

/**
 * Put a row at another place of the list and tell the server.
 * @param {HTMLElement} row
 * @param {"up" | "down" | "top" | "bottom"} way
 */
export function shift(row, way) {
  const around = list();
  const old = row.nextElementSibling;
  const shown = rows().filter((one) => !one.hidden);
  const at = shown.indexOf(row);
  if (!around || at < 0) return;
  const neighbour = { up: shown[at - 1], down: shown[at + 1], top: rows()[0], bottom: rows().at(-1) }[way];
  if (!neighbour || neighbour === row) return;
  if (way === "up" || way === "top") neighbour.before(row);
  else neighbour.after(row);
  announce(text("moved", { ref: row.dataset.item ?? "", place: String(rows().indexOf(row) + 1), all: String(rows().length) }));
  void sendPlace(row, () => around.insertBefore(row, old));
}

/** @param {string} name @param {Record<string, string>} values */
function text(name, values) {
  const words = document.getElementById("row-menu")?.dataset[name] ?? "";
  return words.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// The menu

const menu = () => /** @type {HTMLDialogElement | null} */ (document.getElementById("row-menu"));

/** @param {HTMLElement} button @param {HTMLElement} row */
function openMenu(button, row) {
  const box = menu();
  const ref = row.dataset.item ?? "";
  if (!box) return;
  box.dataset.for = ref;
  for (const [name, path] of [["[data-move-link]", "move"], ["[data-discard-link]", "discard"]]) {
    box.querySelector(name)?.setAttribute("href", `/items/${encodeURIComponent(ref)}/${path}`);
  }
  showDialog(box);
  const spot = button.getBoundingClientRect();
  box.style.left = `${Math.max(8, spot.right - box.offsetWidth)}px`;
  const below = spot.bottom + 4 + box.offsetHeight < window.innerHeight;
  box.style.top = `${below ? spot.bottom + 4 : Math.max(8, spot.top - 4 - box.offsetHeight)}px`;
}

document.addEventListener(
  "click",
  (event) => {
    const button = closest(event, "a[data-row-menu]");
    const row = closest(event, "[data-backlog] [data-item]");
    if (!button || !row || !menu() || !isPlainClick(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    openMenu(button, row);
  },
  true,
);

document.addEventListener("click", (event) => {
  const box = menu();
  const choice = closest(event, "#row-menu :is(button, a)");
  if (!box || !choice) return;
  event.preventDefault();
  const row = rows().find((one) => one.dataset.item === box.dataset.for);
  box.close();
  if (choice instanceof HTMLAnchorElement) void openDialog(choice.href);
  else if (row && choice instanceof HTMLButtonElement) {
    shift(row, /** @type {"up" | "down" | "top" | "bottom"} */ (choice.value));
    /** @type {HTMLElement | null} */ (row.querySelector(".move"))?.focus();
  }
});

// The filter

document.addEventListener("input", (event) => {
  const field = closest(event, "input[data-filter]");
  if (field instanceof HTMLInputElement) filter(field);
});

/** Hide the rows in which a word does not stand; hidden ones keep their place. @param {HTMLInputElement} field */
function filter(field) {
  const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows()) {
    const content = (row.textContent ?? "").toLocaleLowerCase();
    row.hidden = !words.every((word) => content.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const count = field.parentElement?.querySelector("[data-filter-count]");
  if (count) count.textContent = words.length ? `${shown} / ${rows().length}` : "";
}

// A list that was fetched anew is filtered as before.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const field = document.querySelector("input[data-filter]");
  if (ctx?.target?.id === "backlog" && field instanceof HTMLInputElement && field.value) filter(field);
});

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

