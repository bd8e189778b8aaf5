// Ranking the backlog by key: arrows walk; Space lifts a row, or all picked ones, and arrows carry it; Alt with an arrow, Home or End
// moves it at once; Shift+arrow picks. Every step is announced.
import { list, ranked, renumber, rows, say, sendPlace, shift, shownBeside } from "./backlog.js";
import { put, standing } from "./block.js";
import { inDialog, isTyping, whenElsewhere } from "./dom.js";
import { takeUp } from "./hold.js";
import { blockOf, extendTo } from "./pick.js";

const STEPS = ["ArrowUp", "ArrowDown", "Home", "End"];

/** Where a key with Alt moves rows. @type {Record<string, "up" | "down" | "top" | "bottom">} */
const WAYS = { ArrowUp: "up", ArrowDown: "down", Home: "top", End: "bottom" };

/** The lifted row, the block that moves with it, and where that was before. @type {{ row: HTMLElement, block: HTMLElement[], from: ReturnType<typeof standing> } | null} */
let lifted = null;
/** The row that has the focus before the list is drawn anew, and the other rows by preference: first those below, then those above. @type {{ row: HTMLElement, near: HTMLElement[] } | null} */
let left = null;
/** The one link in the list that Tab reaches (roving tabindex). @type {HTMLElement | null} */
let stop = null;

/** @param {HTMLElement | null | undefined} row */
function focusOn(row) {
  const link = row?.querySelector(".title a");
  if (!row || !(link instanceof HTMLElement)) return;
  if (stop !== link) {
    stop?.setAttribute("tabindex", "-1");
    link.setAttribute("tabindex", "0");
    stop = link;
  }
  if (document.activeElement !== link) link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** Leave one stop for Tab among the rows that the filter shows; arrows reach the others, and V opens a row's menu. */
function rove() {
  const links = /** @type {HTMLElement[]} */ ([...(list()?.querySelectorAll(".title a") ?? [])]);
  stop = links.find((link) => link === document.activeElement) ?? links.find((link) => !link.closest("[hidden]")) ?? null;
  for (const link of links) link.setAttribute("tabindex", link === stop ? "0" : "-1");
  for (const menu of list()?.querySelectorAll(".move") ?? []) menu.setAttribute("tabindex", "-1");
}

/** The row that a step leads to, among those that the filter shows. @param {HTMLElement[]} block @param {string} key */
function step(block, key) {
  const [first, last] = [/** @type {HTMLElement} */ (block[0]), /** @type {HTMLElement} */ (block.at(-1))];
  if (key === "ArrowUp") return shownBeside(first, true);
  if (key === "ArrowDown") return shownBeside(last, false);
  const shown = rows().filter((one) => !one.hidden && (block.length === 1 || !block.includes(one)));
  return key === "Home" ? shown[0] : shown.at(-1);
}

/** @param {{ row: HTMLElement, block: HTMLElement[] }} held @param {string} key */
function carry({ row, block }, key) {
  const neighbour = step(block, key);
  if (neighbour && !block.includes(neighbour)) put(block, neighbour, key === "ArrowUp" || key === "Home");
  say("over", block);
  focusOn(row);
}

/** @param {HTMLElement} row */
function lift(row) {
  const block = blockOf(row);
  lifted = { row, block, from: standing(block) };
  takeUp(block, row);
  for (const one of block) one.classList.add("is-lifted");
  say("lifted", block);
  focusOn(row);
}

/** @param {boolean} back */
function drop(back) {
  if (!lifted) return;
  const { row, block, from } = lifted;
  lifted = null;
  for (const one of block) one.classList.remove("is-lifted");
  const putBack = () => {
    from.putBack();
    focusOn(row);
  };
  const moved = !from.isSame();
  if (back) putBack();
  renumber();
  if (back || !moved) say(back ? "cancelled" : "dropped", block);
  if (!back && moved) void sendPlace(block, putBack);
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!list() || isTyping(event.target) || event.ctrlKey || event.metaKey || inDialog()) return;
    const target = event.target instanceof Element ? event.target : null;
    const row = lifted?.row ?? /** @type {HTMLElement | null | undefined} */ (target?.closest("[data-backlog] [data-item]"));
    if (lifted && event.key === "Escape") drop(true);
    else if (row && event.altKey && STEPS.includes(event.key) && ranked() && !lifted) {
      shift(blockOf(row), WAYS[event.key] ?? "up");
      focusOn(row);
    } else if (event.altKey) return;
    else if (row && STEPS.includes(event.key)) {
      const next = lifted ? null : step([row], event.key);
      if (lifted) carry(lifted, event.key);
      else focusOn(next);
      if (next && event.shiftKey && list()?.matches("[data-picks]")) extendTo(next, row);
    } else if (row && ranked() && (event.key === " " || (lifted && event.key === "Enter"))) {
      if (lifted) drop(false);
      else lift(row);
    } else if (!row && STEPS.includes(event.key) && (target === document.body || target?.id === "main")) focusOn(rows().find((one) => !one.hidden));
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// Turning elsewhere while a row is lifted puts it back.
whenElsewhere(() => lifted && drop(true));
// A redraw may remove the row with the focus; then the next remaining row gets it.
document.addEventListener("htmx:before:swap", () => {
  const row = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest("[data-backlog] > [data-item]"));
  const [order, at] = row ? [rows(), rows().indexOf(row)] : [[], 0];
  left = row ? { row, near: [...order.slice(at + 1), ...order.slice(0, at).reverse()] } : null;
});
document.addEventListener("htmx:after:swap", () => {
  rove();
  if (left && !left.row.isConnected && document.activeElement === document.body) focusOn(left.near.find((one) => one.isConnected));
  left = null;
});
document.addEventListener("backlog:filtered", rove);
rove();
