// Sends moves one after another, each with its command id; waits and tries again when the server is away.
import { applyChanges, catchUp, filtered } from "./changes.js";
import { newCommand } from "./command.js";
import { board, cardOf, filled } from "./dom.js";
import { insist } from "./insist.js";
import { refreshAll } from "./refresh.js";
import { shine } from "./shine.js";
import { slide } from "./slide.js";
import { giveBack, showNotice } from "./toast.js";
import { inLine, movesOn } from "./underway.js";
import { askWhy } from "./why.js";

/** Whether the server does not answer, so that what hands do next waits behind. */
let isAway = false;

/** @param {string} name @param {Record<string, string>} values */
export function words(name, values) {
  return filled(document.getElementById("board-words")?.dataset[name], values);
}

/**
 * Move a card on the server, in the order in which hands moved them. The screen has moved it already.
 * @param {string} ref
 * @param {Record<string, string>} values column and place
 * @param {() => void} putBack what to do when the server refuses
 */
export function sendMove(ref, values, putBack) {
  return send(`/items/${ref}/move`, ref, values, putBack);
}

/**
 * @param {string} url
 * @param {string} ref empty where the server chooses the card
 * @param {Record<string, string>} values
 * @param {() => void} [putBack]
 */
export function send(url, ref, values, putBack = () => undefined) {
  if (isAway) sayItWaits(ref);
  const seen = board()?.dataset.version ?? "";
  return inLine(ref, () => carry(url, ref, { ...values, seen, command: newCommand() }, putBack));
}

/** @param {string} url @param {string} ref @param {Record<string, string>} values @param {() => void} putBack */
async function carry(url, ref, values, putBack) {
  const answer = await ask(url, ref, values);
  const isLast = !movesOn(ref);
  if (!answer) {
    goBack(ref, putBack);
    return showNotice("bad", words(ref ? "givenUp" : "givenUpAll", { ref }));
  }
  if (answer.ok) leaveDialog();
  if (answer.ok && answer.headers.has("X-Kanban-Replay")) return look(ref);
  if (answer.ok) return applyChanges(answer.html, { but: isLast ? null : ref });
  if (answer.headers.get("X-Kanban-Code") === "reason_required") {
    const reason = await askWhy(answer.html);
    if (reason) return carry(url, ref, { ...values, limit_reason: reason, command: newCommand() }, putBack);
    if (reason === "") return goBack(ref, putBack);
  }
  if (isLast) goBack(ref, putBack);
  applyChanges(answer.html);
  await look(ref);
  const card = ref ? cardOf(ref) : null;
  if (card) shine(card, "is-refused");
}

/** Fetch how things stand now, ahead of what waits in the line. @param {string} ref */
const look = (ref) => catchUp({ items: ref ? [ref] : undefined, glow: false, inLine: true });

/** @param {string} ref @param {() => void} putBack */
function goBack(ref, putBack) {
  const card = ref ? cardOf(ref) : null;
  if (card) slide(card, putBack);
  else putBack();
}

/** The answer, the card marked meanwhile; null when it never came. @param {string} url @param {string} ref @param {Record<string, string>} values */
async function ask(url, ref, values) {
  mark(ref, "is-saving");
  const away = () => {
    isAway = true;
    sayItWaits(ref);
  };
  return insist(filtered(url), new URLSearchParams(values), away).finally(() => {
    isAway = false;
    mark(ref, null);
  });
}

/** Close the dialog whose move is taken or waits on its card; what is refused is said in it, and the choice stands. */
const leaveDialog = () => document.querySelector("[data-move-dialog][aria-busy]")?.closest("dialog")?.close();

/** @param {string} ref */
function sayItWaits(ref) {
  leaveDialog();
  mark(ref, "is-waiting");
  showNotice("warn", words(ref ? "waiting" : "waitingAll", { ref }));
}

/** @param {string} ref @param {string | null} how */
function mark(ref, how) {
  const card = ref ? cardOf(ref) : null;
  card?.classList.remove("is-saving", "is-waiting");
  if (how) card?.classList.add(how);
  if (card && how === "is-waiting") card.dataset.waiting = words("waits", {});
}

// On a board and in a backlog the forms of pulling, taking back and of the dialog *Move to…* go the same way as a drag.
document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-pull], [data-undo], [data-move-dialog]")) return;
    if (!(board() || document.querySelector("[data-backlog]"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.ariaBusy) return;
    const { csrf_token: _token, command: _command, ...fields } = Object.fromEntries(new FormData(form));
    const toast = form.closest("[data-toast]");
    giveBack(toast);
    toast?.remove();
    form.ariaBusy = "true";
    const ref = form.dataset.moveDialog ?? form.dataset.undo ?? "";
    void send(new URL(form.action).pathname, ref, /** @type {Record<string, string>} */ (fields)).finally(() => {
      form.ariaBusy = null;
      if (!board() || form.matches("[data-undo]")) void refreshAll();
    });
  },
  true,
);
