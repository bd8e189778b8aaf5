// Ordering columns by dragging: on the board by their heads, on the settings page by the grip of each line.
import Sortable from "sortablejs";

import { change } from "./columns.js";
import { parsed } from "./dom.js";
import { grasp, HAND, letGoOnEscape, release } from "./hand.js";
import { slide } from "./slide.js";

const BOX = ":scope > [data-column-box]";

/** The column that is being moved and the one that was after it. @type {{ column: HTMLElement, next: Element | null } | null} */
let held = null;
let cancelled = false;

/** The column that is being moved, by dragging or by key. */
export const heldColumn = () => held?.column ?? null;

/** The element with the columns, if the reader may order them. @returns {HTMLElement | null} */
const around = () => document.querySelector("[data-columns]");

/** @returns {HTMLElement[]} */
export const columns = () => /** @type {HTMLElement[]} */ ([...(around()?.querySelectorAll(BOX) ?? [])]);

function attach() {
  const list = around();
  if (!list || Sortable.get(list)) return;
  const isBoard = list.matches("[data-board]");
  Sortable.create(list, {
    draggable: "[data-column-box]",
    handle: isBoard ? ".col > header" : "[data-handle]",
    filter: "a, summary, form.inline, [data-pull], .menu, .fold, .rename",
    preventOnFilter: false,
    direction: isBoard ? "horizontal" : "vertical",
    animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    ...HAND,
    ghostClass: isBoard ? "is-ghost-col" : "is-ghost",
    bubbleScroll: true,
    onStart: (event) => {
      grasp(event);
      takeUp(event.item);
    },
    onEnd: () => {
      release();
      putDown(cancelled);
    },
  });
}

/** @param {HTMLElement} column */
export function takeUp(column) {
  held = { column, next: column.nextElementSibling };
  cancelled = false;
  around()?.classList.add("is-sorting");
  // A column can only be moved among those of its stage.
  for (const other of columns()) other.classList.toggle("is-elsewhere", other.dataset.stage !== column.dataset.stage);
}

/** End the move. @param {boolean} back whether to put the column back @returns {boolean} whether it has another place now */
export function putDown(back) {
  if (!held) return false;
  const { column, next } = held;
  const list = around();
  held = null;
  list?.classList.remove("is-sorting");
  column.classList.remove("is-lifted");
  for (const other of columns()) other.classList.remove("is-elsewhere");
  const moved = column.nextElementSibling !== next;
  const putBack = () => {
    const focused = column.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    list?.insertBefore(column, next?.parentElement === list ? next : null);
    focused?.focus({ preventScroll: true });
  };
  if (moved && back) slide(column, putBack);
  else if (moved) void send(column, putBack);
  document.dispatchEvent(new CustomEvent("board:rest", { detail: "columns" }));
  return moved && !back;
}

/** @param {HTMLElement} column @param {() => void} putBack */
async function send(column, putBack) {
  const list = around();
  const all = columns();
  const at = all.indexOf(column);
  const [above, below] = [all[at - 1], all[at + 1]].map((one) => one?.dataset.columnBox);
  const place = above ? `after:${above}` : `before:${below}`;
  const view = list?.matches("[data-board]") ? "board" : "settings";
  const { ok, html } = await change(`${list?.dataset.columns}/${column.dataset.columnBox}/move`, { place, view });
  if (!ok) return slide(column, putBack);
  if (view === "board") return;
  // Take over only the actions of each line; what was typed in the lines stays.
  const fresh = parsed(html);
  for (const line of columns()) {
    const acts = fresh.querySelector(`#${CSS.escape(line.id)} .line-acts`);
    if (acts) line.querySelector(".line-acts")?.replaceWith(document.adoptNode(acts));
  }
}

letGoOnEscape(() => held !== null && document.body.matches(".is-dragging"), () => {
  cancelled = true;
});
document.addEventListener("board:replaced", attach);
attach();
