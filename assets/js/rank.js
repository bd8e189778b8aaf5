// Ranking the backlog by key: arrows walk, Space lifts a row and arrows carry it, Alt+arrow shifts it; every step is said.
import { list, ranked, renumber, rows, say, sendPlace, shift } from "./backlog.js";
import { below, takeUp } from "./dates.js";
import { isTyping } from "./dom.js";

const STEPS = ["ArrowUp", "ArrowDown", "Home", "End"];

/** The row in the air and the one that stood below it. @type {{ row: HTMLElement, next: Element | null } | null} */
let lifted = null;

/** @param {HTMLElement | undefined} row */
function focusOn(row) {
  const link = row?.querySelector(".title a");
  if (!row || !(link instanceof HTMLElement)) return;
  for (const other of list()?.querySelectorAll('.title a[tabindex="0"]') ?? []) other.setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** One stop for Tab; the arrows reach the rest, and V opens a row's menu. */
function rove() {
  const links = /** @type {HTMLElement[]} */ ([...(list()?.querySelectorAll(".title a") ?? [])]);
  const current = links.find((link) => link === document.activeElement) ?? links[0];
  for (const link of links) link.setAttribute("tabindex", link === current ? "0" : "-1");
  for (const menu of list()?.querySelectorAll(".move") ?? []) menu.setAttribute("tabindex", "-1");
}

/** The row that a step leads to, among those the filter shows. @param {HTMLElement} row @param {string} key */
function step(row, key) {
  const shown = rows().filter((one) => !one.hidden);
  const at = shown.indexOf(row);
  return { ArrowUp: shown[at - 1], ArrowDown: shown[at + 1], Home: shown[0], End: shown.at(-1) }[key];
}

/** @param {HTMLElement} row @param {string} key */
function carry(row, key) {
  const neighbour = step(row, key);
  if (!neighbour || neighbour === row) return;
  if (key === "ArrowUp" || key === "Home") neighbour.before(row);
  else neighbour.after(row);
  focusOn(row);
  say("over", row);
}

/** @param {boolean} back */
function drop(back) {
  if (!lifted) return;
  const { row, next } = lifted;
  lifted = null;
  row.classList.remove("is-lifted");
  const putBack = () => {
    list()?.insertBefore(row, next?.isConnected ? next : null);
    focusOn(row);
  };
  if (back) putBack();
  renumber();
  say(back ? "cancelled" : "dropped", row);
  if (!back && below(row) !== next) void sendPlace(row, putBack);
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!list() || isTyping(event.target) || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : null;
    const row = lifted?.row ?? /** @type {HTMLElement | null | undefined} */ (target?.closest("[data-backlog] [data-item]"));
    if (lifted && event.key === "Escape") drop(true);
    else if (row && event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && ranked()) {
      shift(row, event.key === "ArrowUp" ? "up" : "down");
      focusOn(row);
    } else if (event.altKey) return;
    else if (row && STEPS.includes(event.key)) {
      if (lifted) carry(row, event.key);
      else focusOn(step(row, event.key));
    } else if (row && ranked() && (event.key === " " || (lifted && event.key === "Enter"))) {
      if (lifted) drop(false);
      else {
        lifted = { row, next: below(row) };
        takeUp(row);
        row.classList.add("is-lifted");
        say("lifted", row);
      }
    } else if (!row && STEPS.includes(event.key) && (target === document.body || target?.id === "main")) focusOn(rows()[0]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// Looking elsewhere while a row is in the air puts it back.
document.addEventListener("pointerdown", () => lifted && drop(true), true);
document.addEventListener("htmx:after:swap", rove);
rove();
