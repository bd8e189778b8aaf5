// The board by keyboard: arrows walk over cards and columns, Space lifts and drops a card, Escape puts it back; every step is
// announced.
import { announce } from "./announce.js";
import { board, inDialog, isTyping, whenElsewhere } from "./dom.js";
import { placeOf, putBackTo, sendCard } from "./drag.js";
import { loadMore, moreOf, putLast } from "./more.js";
import { nameOf, words } from "./moves.js";
import { blockOf, countWords } from "./pick.js";
import { beside, cardsOf, focusOn, lastOf, lists, neighbour } from "./walk.js";

const STEPS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"];

/** The lifted card and where it came from. @type {{ card: HTMLElement, list: Element, next: Element | null } | null} */
let lifted = null;
/** Whether the card was carried to the very end of its column, below what is loaded of it, or into a folded column. */
let isLast = false;

/** Whether a card is being carried by key. */
export const isLifted = () => lifted !== null;

/** Carry the lifted card one step. @param {HTMLElement} card @param {string} key */
function carry(card, key) {
  const all = lists();
  const list = all.findIndex((one) => one === card.parentElement);
  const cards = cardsOf(all[list]);
  const at = cards.indexOf(card);
  isLast = key === "End";
  if (key === "ArrowUp") cards[at - 1]?.before(card);
  else if (key === "ArrowDown") cards[at + 1]?.after(card);
  else if (key === "Home" && at > 0) cards[0]?.before(card);
  else if (key === "End" && at < cards.length - 1) cards.at(-1)?.after(card);
  else if (key === "ArrowLeft" || key === "ArrowRight") {
    const target = all[list + (key === "ArrowRight" ? 1 : -1)];
    if (target) {
      const others = cardsOf(target);
      isLast = target.closest(".is-folded") !== null;
      if (others[at] && !isLast) others[at].before(card);
      else putLast(target, card);
    }
  }
  focusOn(card);
  say("over", card);
}

/** @param {string} name @param {HTMLElement} card */
const say = (name, card) => announce(toldOf(name, card));

/** A sentence about a card and its place. @param {string} name @param {HTMLElement} card */
export function toldOf(name, card) {
  const cards = cardsOf(card.parentElement);
  const column = card.closest(".col");
  const isAway = lifted !== null && lifted.list !== card.parentElement;
  const all = Number(column?.querySelector(".count")?.getAttribute("data-all") ?? 0) + (isAway ? 1 : 0);
  const count = moreOf(card.parentElement) ? all : cards.length;
  const block = name === "lifted" || isAway ? blockOf(card).length : 1;
  return words(name, {
    ref: block > 1 ? countWords(block, "items") : nameOf(card, name),
    column: column?.querySelector("h2")?.textContent ?? "",
    place: String(isLast ? count : cards.indexOf(card) + 1),
    count: String(count),
  });
}

/** @param {HTMLElement} card */
function lift(card) {
  lifted = { card, list: /** @type {Element} */ (card.parentElement), next: card.nextElementSibling };
  isLast = false;
  card.classList.add("is-lifted");
  say("lifted", card);
}

/** @param {boolean} back */
function drop(back) {
  if (!lifted) return;
  const { card, list, next } = lifted;
  card.classList.remove("is-lifted");
  const putBack = putBackTo(card, list, next);
  const isBelow = isLast && (moreOf(card.parentElement) ?? card.closest(".is-folded")) !== null;
  const moved = isBelow || card.parentElement !== list || card.nextElementSibling !== next;
  if (back) {
    putBack();
    focusOn(card);
  }
  // After a real move nothing is announced here: the server's notice says where the card is.
  if (back || !moved) say(back ? "cancelled" : "dropped", card);
  lifted = null;
  const place = isBelow ? { column: card.parentElement?.dataset.column ?? "", place: "bottom" } : placeOf(card);
  if (moved && !back) void sendCard(card, list, place, putBack);
  document.dispatchEvent(new CustomEvent("board:rest", { detail: "cards" }));
}

/** Walk or carry one step; at the last loaded card of a long column, the next ones are loaded first. @param {HTMLElement} card @param {string} key */
async function step(card, key) {
  const list = card.parentElement;
  const isBeyond = () => (key === "ArrowDown" ? lastOf(list) === card : key === "End" && !lifted);
  while (list && moreOf(list) && isBeyond()) {
    const had = lifted;
    const isHere = card.contains(document.activeElement);
    if (!(await loadMore(list)) || lifted !== had || !card.isConnected || isHere !== card.contains(document.activeElement)) return;
  }
  if (lifted) carry(card, key);
  else focusOn(neighbour(card, key));
}

/** Whether Space lifts the card here; on a button of the card it presses the button. @param {EventTarget | null} target */
const isLiftable = (target) => board()?.hasAttribute("data-movable") && !(target instanceof Element && target.closest("button"));

/** @param {KeyboardEvent} event @param {HTMLElement | null} card @returns {boolean} whether the key meant something here */
function press(event, card) {
  if (lifted && (event.key === "Escape" || event.key === "Tab")) drop(true);
  else if (card && STEPS.includes(event.key)) {
    void step(card, event.key);
  } else if (lifted && [" ", "Enter"].includes(event.key)) drop(false);
  else if (card && event.key === " " && isLiftable(event.target)) lift(card);
  else if (!card && STEPS.includes(event.key)) focusOn(cardsOf(lists().find((list) => cardsOf(list).length && !list.closest(".is-folded")))[0]);
  else return false;
  return event.key !== "Tab";
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!board() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (inDialog() || document.body.matches(".is-dragging")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const card = lifted?.card ?? /** @type {HTMLElement | null} */ (target.closest(".board .card"));
    const folded = card ? null : target.closest(".col.is-folded [data-fold]")?.closest(".col");
    if (folded && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      return focusOn(beside(folded.querySelector(".cards"), event.key));
    }
    if (!card && target !== document.body && target.id !== "main") return;
    const isMeant = press(event, card);
    // While a card is lifted, keep all characters from the browser: "/" would open the search of Firefox.
    if (isMeant || (lifted && event.key.length === 1)) event.preventDefault();
    if (isMeant) event.stopImmediatePropagation();
  },
  true,
);

// Turning elsewhere while a card is lifted puts it back. When the board is replaced, the lifted card is gone.
whenElsewhere(() => lifted && drop(true));
document.addEventListener("board:replaced", () => (lifted = null));
