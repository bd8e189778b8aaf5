// The board by keyboard: arrows walk cards and columns, Space lifts and drops, Escape puts back; every step is said.
import { announce } from "./announce.js";
import { board } from "./changes.js";
import { isTyping } from "./dom.js";
import { placeOf } from "./drag.js";
import { sendMove, words } from "./moves.js";

/** The card in the air and where it came from. @type {{ card: HTMLElement, list: Element, next: Element | null } | null} */
let lifted = null;

/** Whether a card is lifted by key. */
export const isLifted = () => lifted !== null;

/** @param {Element | null | undefined} list @returns {HTMLElement[]} */
const cardsOf = (list) => /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll(":scope > .card") ?? [])]);

/** @returns {HTMLElement[]} */
const lists = () => /** @type {HTMLElement[]} */ ([...(board()?.querySelectorAll(".cards[data-column]") ?? [])]);

/** @param {HTMLElement | null | undefined} card */
function focusOn(card) {
  const link = card?.querySelector(".title a");
  if (!(link instanceof HTMLElement)) return;
  for (const other of board()?.querySelectorAll('.title a[tabindex="0"]') ?? []) other.setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
  link.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** One stop for Tab; the arrows reach the rest. */
function rove() {
  const links = board()?.querySelectorAll(".card .title a") ?? [];
  links.forEach((link, index) => link.setAttribute("tabindex", index === 0 ? "0" : "-1"));
  for (const menu of board()?.querySelectorAll(".card .move") ?? []) menu.setAttribute("tabindex", "-1");
}

/** @param {HTMLElement} card @param {string} key @returns {HTMLElement | undefined} */
function neighbour(card, key) {
  const all = lists();
  const list = all.findIndex((one) => one === card.parentElement);
  const cards = cardsOf(all[list]);
  const at = cards.indexOf(card);
  if (key === "ArrowUp") return cards[at - 1];
  if (key === "ArrowDown") return cards[at + 1];
  if (key === "Home") return cards[0];
  if (key === "End") return cards.at(-1);
  const step = key === "ArrowRight" ? 1 : -1;
  for (let next = list + step; next >= 0 && next < all.length; next += step) {
    const others = cardsOf(all[next]);
    if (others.length) return others[Math.min(at, others.length - 1)];
  }
  return undefined;
}

/** Carry the lifted card one step. @param {HTMLElement} card @param {string} key */
function carry(card, key) {
  const all = lists();
  const list = all.findIndex((one) => one === card.parentElement);
  const cards = cardsOf(all[list]);
  const at = cards.indexOf(card);
  if (key === "ArrowUp") cards[at - 1]?.before(card);
  else if (key === "ArrowDown") cards[at + 1]?.after(card);
  else if (key === "Home") cards[0]?.before(card);
  else if (key === "End") cards.at(-1)?.after(card);
  else {
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
  const putBack = () => {
    list.insertBefore(card, next?.isConnected ? next : null);
    focusOn(card);
  };
  const moved = card.parentElement !== list || card.nextElementSibling !== next;
  if (back) {
    putBack();
    say("cancelled", card);
  } else {
    say("dropped", card);
    if (moved) void sendMove(card.dataset.item ?? "", placeOf(card), putBack);
  }
  document.dispatchEvent(new CustomEvent("board:rest"));
}

const STEPS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"];

document.addEventListener("keydown", (event) => {
  if (!board() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : null;
  const card = lifted?.card ?? /** @type {HTMLElement | null | undefined} */ (target?.closest(".card"));
  if (lifted && event.key === "Escape") {
    event.preventDefault();
    event.stopImmediatePropagation();
    drop(true);
  } else if (card && STEPS.includes(event.key)) {
    event.preventDefault();
    if (lifted) carry(card, event.key);
    else focusOn(neighbour(card, event.key));
  } else if (card && (event.key === " " || (lifted && event.key === "Enter"))) {
    event.preventDefault();
    if (lifted) drop(false);
    else if (board()?.hasAttribute("data-movable")) lift(card);
  } else if (!card && STEPS.includes(event.key) && (target === document.body || target?.id === "main")) {
    event.preventDefault();
    focusOn(cardsOf(lists().find((list) => cardsOf(list).length))[0]);
  }
}, true);

// Looking elsewhere while a card is in the air puts it back.
document.addEventListener("pointerdown", () => lifted && drop(true), true);
document.addEventListener("board:replaced", rove);
rove();
