// Dragging cards by mouse and finger: an insertion line, the whole column as drop zone, Escape puts back.
import Sortable from "sortablejs";

import { board } from "./changes.js";
import { isNarrow } from "./dom.js";
import { sendMove } from "./moves.js";
import { hideThumbBar, showThumbBar } from "./thumb.js";

const SLOP_PX = 8;
const HOLD_MS = 250;
const FEW = 200;

/** Where the card in hand came from. @type {{ list: Element, next: Element | null } | null} */
let origin = null;
let cancelled = false;

/** Whether a card is in somebody's hand. */
export const isDragging = () => origin !== null;

/** Attach to every list of the board; once more after the board was drawn anew. */
function attach() {
  const screen = board();
  if (!screen?.hasAttribute("data-movable")) return;
  const few = screen.querySelectorAll(".card").length <= FEW;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const list of screen.querySelectorAll(".cards")) {
    Sortable.create(/** @type {HTMLElement} */ (list), {
      group: "board",
      draggable: ".card",
      filter: ".move",
      preventOnFilter: false,
      animation: few && !calm ? 120 : 0,
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: SLOP_PX,
      delay: HOLD_MS,
      delayOnTouchOnly: true,
      touchStartThreshold: SLOP_PX,
      ghostClass: "is-ghost",
      dragClass: "lift",
      scrollSensitivity: 70,
      scrollSpeed: 14,
      bubbleScroll: true,
      emptyInsertThreshold: 24,
      onStart,
      onMove,
      onEnd,
    });
  }
}

/** @param {Sortable.SortableEvent} event */
function onStart(event) {
  origin = { list: event.from, next: nextCard(event.item) };
  cancelled = false;
  document.body.classList.add("is-dragging");
  board()?.classList.add("is-dragging");
  if (isNarrow()) showThumbBar(event.item);
}

/** @param {Sortable.MoveEvent} event */
function onMove(event) {
  for (const column of board()?.querySelectorAll(".col.is-target") ?? []) column.classList.remove("is-target");
  event.to.closest(".col")?.classList.add("is-target");
}

/** @param {Sortable.SortableEvent} event */
function onEnd(event) {
  const from = origin;
  const chosen = hideThumbBar();
  document.body.classList.remove("is-dragging");
  board()?.classList.remove("is-dragging");
  for (const column of board()?.querySelectorAll(".col.is-target") ?? []) column.classList.remove("is-target");
  origin = null;
  swallowClick();
  const card = event.item;
  if (!from) return;
  const putBack = () => from.list.insertBefore(card, from.next?.isConnected ? from.next : null);
  if (cancelled) {
    putBack();
  } else if (chosen) {
    const list = board()?.querySelector(`.cards[data-column="${chosen}"]`);
    list?.prepend(card);
    void sendMove(card.dataset.item ?? "", { column: chosen, place: "top" }, putBack);
  } else if (card.parentElement !== from.list || nextCard(card) !== from.next) {
    void sendMove(card.dataset.item ?? "", placeOf(card), putBack);
  }
  document.dispatchEvent(new CustomEvent("board:rest"));
}

/** @param {Element} card @returns {Element | null} */
function nextCard(card) {
  let next = card.nextElementSibling;
  while (next && !next.matches(".card")) next = next.nextElementSibling;
  return next;
}

/** The column and the neighbour of a card as it stands on the screen. @param {Element} card @returns {Record<string, string>} */
export function placeOf(card) {
  const column = card.parentElement?.dataset.column ?? "";
  const above = card.previousElementSibling;
  const below = nextCard(card);
  if (above instanceof HTMLElement && above.dataset.item) return { column, place: `after:${above.dataset.item}` };
  if (below instanceof HTMLElement && below.dataset.item) return { column, place: `before:${below.dataset.item}` };
  return { column, place: "bottom" };
}

/** A drop on a link is no click. */
function swallowClick() {
  /** @param {Event} event */
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  window.setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 60);
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !origin) return;
    event.preventDefault();
    event.stopPropagation();
    cancelled = true;
    for (const kind of ["pointerup", "mouseup", "touchend"]) document.dispatchEvent(new Event(kind, { bubbles: true }));
  },
  true,
);

document.addEventListener("board:replaced", attach);
attach();
