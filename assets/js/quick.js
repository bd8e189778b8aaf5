// Quick actions on a card, by key (on the focused card, or else the one under the pointer) and by one small toolbar that is laid
// over the card.
import { catchUp } from "./changes.js";
import { openDialog } from "./dialog.js";
import { board, cardOf, closest, isFree } from "./dom.js";
import { send } from "./moves.js";
import { linkFor, toggle } from "./pick.js";

const KEYS = /** @type {Record<string, string>} */ ({ m: "assign", b: "block", q: "ask", l: "label", v: "move", x: "pick" });
const bar = document.getElementById("quick");

/** The reference of the card that an open dialog is about. */
let asked = "";

/** @param {Element | null | undefined} card */
const refOf = (card) => card?.getAttribute("data-item") ?? "";

/** The card that a key acts on. @param {EventTarget | null} target @returns {HTMLElement | null} */
function cardAt(target) {
  const focused = target instanceof Element ? target.closest(".board .card") : null;
  if (focused) return /** @type {HTMLElement} */ (focused);
  const nowhere = target === document.body || (target instanceof Element && target.matches("#main, .board *"));
  return nowhere ? document.querySelector(".board .card:hover") : null;
}

/** Carry out an action that needs no form; the server answers with a toast, and the card is drawn anew. @param {Element} card @param {string} verb */
async function act(card, verb) {
  const ref = refOf(card);
  await send(`/items/${ref}/${verb}`, ref, { view: "card" });
  await catchUp({});
}

/** @param {HTMLElement} card @param {string} what @returns {boolean} whether this may be done here */
function run(card, what) {
  const page = `/items/${refOf(card)}`;
  const link = card.querySelector("a.move");
  asked = refOf(card);
  const ofAll = linkFor(asked, what);
  if (ofAll) void openDialog(ofAll);
  else if (what === "pick") toggle(card);
  else if (what === "move" && link instanceof HTMLElement) link.click();
  else if (!bar?.dataset.may?.split(" ").includes(what)) return false;
  else if (what === "assign") void act(card, "assign-me");
  else if (what === "block" && card.querySelector(".stop")) void act(card, "unblock");
  else void openDialog(`${page}/${what === "label" ? "labels" : what}`);
  return true;
}

document.addEventListener("keydown", (event) => {
  const what = KEYS[event.key.toLowerCase()];
  if (!what || !board() || !isFree(event)) return;
  const card = cardAt(event.target);
  if (card && run(card, what)) event.preventDefault();
});

/** Move the toolbar onto a card. @param {Element | null} card */
function layOver(card) {
  if (!bar || !card || bar.parentElement === card || document.body.matches(".is-dragging")) return;
  const focused = bar.contains(document.activeElement) && bar.isConnected;
  if (focused) return;
  const button = bar.querySelector('[data-quick="block"]');
  if (button instanceof HTMLElement) {
    button.title = (card.querySelector(".stop") ? button.dataset.unblock : button.dataset.block) ?? "";
    button.setAttribute("aria-label", button.title);
  }
  bar.hidden = false;
  card.append(bar);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "touch") layOver(closest(event, ".board .card"));
});
document.addEventListener("focusin", (event) => layOver(closest(event, ".board .card")));
document.addEventListener("board:changed", () => {
  if (bar && !bar.isConnected) layOver(document.querySelector(".board .card:is(:focus-within, :hover)"));
});
document.addEventListener("click", (event) => {
  const button = closest(event, "#quick [data-quick]");
  const card = button?.closest(".card");
  if (!button || !(card instanceof HTMLElement)) return;
  event.preventDefault();
  run(card, button.dataset.quick ?? "");
});

// What was done in a dialog or in the panel is shown on its card at once, and the focus returns to the card.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (board() && ctx.request?.method !== "GET" && ctx.response?.raw.ok) void catchUp({});
});
document.addEventListener(
  "close",
  () => {
    window.setTimeout(() => {
      const link = document.activeElement === document.body && asked ? cardOf(asked)?.querySelector(".title a") : null;
      asked = "";
      if (link instanceof HTMLElement) link.focus({ preventScroll: true });
    });
  },
  true,
);
