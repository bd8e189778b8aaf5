// The backlog's list: the menu of a row, sending a new place, and the numbers in front that follow every change.
import { announce } from "./announce.js";
import { shine } from "./changes.js";
import { above, below, passOver, settle } from "./dates.js";
import { openDialog, showDialog } from "./dialog.js";
import { closest, isPlainClick } from "./dom.js";
import { sendMove, words } from "./moves.js";

/** @returns {HTMLElement | null} */
export const list = () => document.querySelector("[data-backlog]");

/** @param {ParentNode | null} [among] @returns {HTMLElement[]} */
export const rows = (among = list()) => /** @type {HTMLElement[]} */ ([...(among?.querySelectorAll("[data-item]") ?? [])]);

/** Write each row's place and its dates into it; a filter hides rows but does not change their places. */
export const renumber = settle;

/** Whether the reader may rank. */
export const ranked = () => list()?.hasAttribute("data-sortable") ?? false;

/**
 * Tell the server where a row stands now: behind its neighbour above, or before the one below.
 * @param {HTMLElement} row
 * @param {() => void} putBack what to do when the server refuses
 */
export async function sendPlace(row, putBack) {
  const upper = above(row);
  const place = upper ? `after:${upper.dataset.item}` : `before:${below(row)?.dataset.item}`;
  renumber();
  row.classList.add("is-saving");
  await sendMove(row.dataset.item ?? "", { place }, () => {
    putBack();
    renumber();
    shine(row, "is-refused");
  });
  row.classList.remove("is-saving");
}

/** Say where a row is now, and what that means for promises while it is in hand. @param {string} name @param {HTMLElement} row */
export function say(name, row) {
  const all = rows();
  const column = document.querySelector("h1")?.textContent?.trim() ?? "";
  const said = words(name, { ref: row.dataset.item ?? "", column, place: String(all.indexOf(row) + 1), count: String(all.length) });
  announce(name === "over" ? `${said} ${passOver(row)}` : said);
}

/**
 * Put a row at another place of the list and tell the server.
 * @param {HTMLElement} row
 * @param {"up" | "down" | "top" | "bottom"} way
 */
export function shift(row, way) {
  const around = list();
  const old = below(row);
  const shown = rows().filter((one) => !one.hidden);
  const at = shown.indexOf(row);
  if (!around || at < 0) return;
  const neighbour = { up: shown[at - 1], down: shown[at + 1], top: rows()[0], bottom: rows().at(-1) }[way];
  if (!neighbour || neighbour === row) return;
  if (way === "up" || way === "top") neighbour.before(row);
  else neighbour.after(row);
  say("dropped", row);
  void sendPlace(row, () => around.insertBefore(row, old));
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
