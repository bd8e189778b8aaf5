// The board by keyboard: arrows walk cards and columns, Space lifts and drops, Escape puts back; every step is said.
import { announce } from "./announce.js";
import { board } from "./changes.js";
import { isTyping } from "./dom.js";
import { placeOf, putBackTo } from "./drag.js";
import { sendMove, words } from "./moves.js";
import { cardsOf, focusOn, lists, neighbour } from "./walk.js";

const STEPS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"];

/** The card in the air and where it came from. @type {{ card: HTMLElement, list: Element, next: Element | null } | null} */
let lifted = null;

/** Whether a card is lifted by key. */
export const isLifted = () => lifted !== null;

/** Carry the lifted card one step. @param {HTMLElement} card @param {string} key */
function carry(card, key) {
  const all = lists();
  const list = all.findIndex((one) => one === card.parentElement);
  const cards = cardsOf(all[list]);
  const at = cards.indexOf(card);
  if (key === "ArrowUp") cards[at - 1]?.before(card);
  else if (key === "ArrowDown") cards[at + 1]?.after(card);
  else if (key === "Home" && at > 0) cards[0]?.before(card);
  else if (key === "End" && at < cards.length - 1) cards.at(-1)?.after(card);
  else if (key === "ArrowLeft" || key === "ArrowRight") {
    const target = all[list + (key === "ArrowRight" ? 1 : -1)];
    if (!target) return;
    const others = cardsOf(target);
    if (others[at]) others[at].before(card);
    else target.append(card);
  }
  focusOn(card);
  say("over", card);
}

/** @param {string} name @param {HTMLElement} card */
function say(name, card) {
  const cards = cardsOf(card.parentElement);
  announce(
    words(name, {
      ref: card.dataset.item ?? "",
      column: card.closest(".col")?.querySelector("h2")?.textContent ?? "",
      place: String(cards.indexOf(card) + 1),
      count: String(cards.length),
    }),
  );
}

/** @param {HTMLElement} card */
function lift(card) {
  lifted = { card, list: /** @type {Element} */ (card.parentElement), next: card.nextElementSibling };
  card.classList.add("is-lifted");
  say("lifted", card);
}

/** @param {boolean} back */
function drop(back) {
  if (!lifted) return;
  const { card, list, next } = lifted;
  lifted = null;
  card.classList.remove("is-lifted");
  const putBack = putBackTo(card, list, next);
  const moved = card.parentElement !== list || card.nextElementSibling !== next;
  if (back) {
    putBack();
    focusOn(card);
    say("cancelled", card);
  } else {
    say("dropped", card);
    if (moved) void sendMove(card.dataset.item ?? "", placeOf(card), putBack);
  }
  document.dispatchEvent(new CustomEvent("board:rest"));
}

/** @param {KeyboardEvent} event @param {HTMLElement | null} card @returns {boolean} whether the key meant something here */
function press(event, card) {
  if (lifted && event.key === "Escape") drop(true);
  else if (card && STEPS.includes(event.key)) {
    if (lifted) carry(card, event.key);
    else focusOn(neighbour(card, event.key));
  } else if (lifted && [" ", "Enter"].includes(event.key)) drop(false);
  else if (card && event.key === " " && board()?.hasAttribute("data-movable")) lift(card);
  else if (!card && STEPS.includes(event.key)) focusOn(cardsOf(lists().find((list) => cardsOf(list).length))[0]);
  else return false;
  return true;
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!board() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || document.body.classList.contains("is-dragging")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const card = lifted?.card ?? /** @type {HTMLElement | null} */ (target.closest(".board .card"));
    if (!card && target !== document.body && target.id !== "main") return;
    if (!press(event, card)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// Looking elsewhere while a card is in the air puts it back.
document.addEventListener("pointerdown", () => lifted && drop(true), true);
