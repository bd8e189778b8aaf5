// Dragging cards by mouse or finger: with an insertion line, and whole columns to drop on; Escape puts the card back.
import Sortable from "sortablejs";

import { board, cardOf, isNarrow } from "./dom.js";
import { grasp, HAND, letGoOnEscape, release } from "./hand.js";
import { moreOf } from "./more.js";
import { send, sendMove } from "./moves.js";
import { blockOf } from "./pick.js";
import { slide } from "./slide.js";
import { hideThumbBar, isOverBar, showThumbBar } from "./thumb.js";
import { cardsOf } from "./walk.js";
import { followLine, leaveZones, watchZones } from "./zones.js";

const FEW = 200;

/** Where the dragged card came from. @type {{ list: Element, next: Element | null, top: number } | null} */
let origin = null;
let cancelled = false;

/** Whether a card is being dragged. */
export const isDragging = () => origin !== null;

/** Attach to every list of the board; called again after the board was drawn anew. */
function attach() {
  const screen = board();
  if (!screen?.hasAttribute("data-movable")) return;
  const few = screen.querySelectorAll(".card").length <= FEW && !screen.querySelector("[data-more]");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const list of screen.querySelectorAll(".cards")) {
    Sortable.create(/** @type {HTMLElement} */ (list), {
      group: "board",
      draggable: ".card",
      filter: ".move",
      preventOnFilter: false,
      animation: few && !calm ? 120 : 0,
      ...HAND,
      // On a low screen, the bar of columns would cover the whole edge that scrolls.
      ...(window.innerHeight <= 480 ? { scrollSensitivity: 130 } : {}),
      ghostClass: "is-ghost",
      bubbleScroll: true,
      scrollFn: () => (isOverBar() ? undefined : "continue"),
      emptyInsertThreshold: 24,
      onStart,
      onChange: followLine,
      onEnd,
    });
  }
}

/** @param {Sortable.SortableEvent} event */
function onStart(event) {
  origin = { list: event.from, next: event.item.nextElementSibling, top: event.from.scrollTop };
  cancelled = false;
  event.from.classList.add("is-home");
  grasp(event);
  if (isNarrow()) showThumbBar(event.item);
  watchZones(event.item);
  const copy = document.querySelector("body > .lift[data-item]");
  const count = blockOf(event.item).length;
  if (copy instanceof HTMLElement && count > 1) copy.dataset.count = String(count);
}

/** @param {Sortable.SortableEvent} event */
function onEnd(event) {
  const from = origin;
  from?.list.classList.remove("is-home");
  const chosen = hideThumbBar();
  leaveZones();
  release();
  origin = null;
  const card = event.item;
  if (!from) return;
  const putBack = putBackTo(card, from.list, from.next);
  if (cancelled || (chosen !== null && chosen === from.list.getAttribute("data-column"))) {
    slide(card, () => {
      putBack();
      from.list.scrollTop = from.top;
    });
  } else if (chosen !== null) {
    board()?.querySelector(`.cards[data-column="${chosen}"]`)?.prepend(card);
    void sendCard(card, from.list, { column: chosen, place: "top" }, putBack);
  } else if (card.parentElement !== from.list || card.nextElementSibling !== from.next) {
    const folded = card.closest(".is-folded") ? card.parentElement?.dataset.column : undefined;
    void sendCard(card, from.list, folded ? { column: folded, place: "bottom" } : placeOf(card), putBack);
  }
  document.dispatchEvent(new CustomEvent("board:rest", { detail: "cards" }));
}

/**
 * Tell the server where a card is now. If it went to another column, all cards picked with it go along, each to the place that its
 * rank gives it; the answer says which.
 * @param {HTMLElement} card
 * @param {Element} from the list that it came from
 * @param {Record<string, string>} values column and place
 * @param {() => void} putBack
 */
export function sendCard(card, from, values, putBack) {
  const block = from === card.parentElement ? [card] : blockOf(card);
  const mates = block.filter((one) => one.parentElement?.dataset.column !== values.column);
  if (!mates.length) return sendMove(card.dataset.item ?? "", values, putBack);
  // Put them back from the last one up, so that each one's neighbour below is there already.
  const backs = mates.map((one) => putBackTo(one, /** @type {Element} */ (one.parentElement), one.nextElementSibling)).reverse();
  card.after(...mates);
  const items = block.map((one) => one.dataset.item).join(" ");
  return send(board()?.dataset.picks ?? "", items, { items, column: values.column ?? "", view: "board" }, () => {
    for (const back of [...backs, putBack]) back();
  });
}

/**
 * A function that puts a card back and keeps the focus on it, even if its old neighbour was drawn anew or has left meanwhile.
 * @param {Element} card
 * @param {Element} list
 * @param {Element | null} next
 */
export function putBackTo(card, list, next) {
  const ref = next?.getAttribute("data-item");
  return () => {
    if (!list.isConnected || !card.isConnected) return;
    const focused = document.activeElement;
    const below = ref ? cardOf(ref) : next;
    list.insertBefore(card, below?.parentElement === list ? below : moreOf(list));
    if (focused instanceof HTMLElement && card.contains(focused)) focused.focus({ preventScroll: true });
  };
}

/** The column of a card and its neighbour there, as the screen shows them. @param {Element} card @returns {Record<string, string>} */
export function placeOf(card) {
  const column = card.parentElement?.dataset.column ?? "";
  const shown = cardsOf(card.parentElement);
  const at = shown.findIndex((one) => one === card);
  const above = shown[at - 1]?.dataset.item;
  const below = shown[at + 1]?.dataset.item;
  if (above) return { column, place: `after:${above}` };
  return { column, place: below ? `before:${below}` : "bottom" };
}

letGoOnEscape(() => origin !== null, () => {
  cancelled = true;
});

document.addEventListener("board:replaced", attach);
attach();
