// Sends moves to the server one after another, each with a command id; waits and tries again while the server is away.
import { applyChanges, catchUp, filtered } from "./changes.js";
import { newCommand } from "./command.js";
import { board, cardOf, filled } from "./dom.js";
import { insist } from "./insist.js";
import { refreshAll } from "./refresh.js";
import { shine } from "./shine.js";
import { slide } from "./slide.js";
import { failed as sayItFailed, giveBack, showNotice, went } from "./toast.js";
import { inLine, movesOn } from "./underway.js";
import { askWhy } from "./why.js";

/** Whether the server does not answer, so that further moves have to wait. */
let isAway = false;

/** @param {string} name @param {Record<string, string>} values */
export function words(name, values) {
  return filled(document.getElementById("board-words")?.dataset[name], values);
}

/** How a sentence names a card or row: by its reference and, when it is lifted, its title. @param {HTMLElement | undefined} row @param {string} sentence */
export const nameOf = (row, sentence) => row?.dataset.item + (sentence === "lifted" ? `, ${row?.querySelector(".title a")?.textContent},` : "");

/**
 * Move a card on the server, after all moves that were made before. The screen has moved it already.
 * @param {string} ref
 * @param {Record<string, string>} values column and place
 * @param {() => void} putBack what to do when the server refuses
 */
export function sendMove(ref, values, putBack) {
  return send(`/items/${ref}/move`, ref, values, putBack);
}

/**
 * @param {string} url
 * @param {string} refs the references of the cards that it moves, separated by spaces; empty if the server chooses the card
 * @param {Record<string, string>} values
 * @param {() => void} [putBack]
 */
export function send(url, refs, values, putBack = () => undefined) {
  if (isAway) sayItWaits(refs);
  const seen = board()?.dataset.version ?? "";
  return inLine(refs, () => carry(url, refs, { ...values, seen, command: newCommand() }, putBack));
}

/** @param {string} url @param {string} refs @param {Record<string, string>} values @param {() => void} putBack */
async function carry(url, refs, values, putBack) {
  const answer = await ask(url, refs, values);
  if (!answer) {
    goBack(refs, putBack);
    showNotice("bad", wordsOf("givenUp", refs));
    return went(refs, false);
  }
  const isReplay = answer.headers.has("X-Kanban-Replay");
  const isOurs = isReplay || /data-changes-of|<hx-partial/.test(answer.html);
  if (answer.ok && isOurs) {
    leaveDialog();
    went("move", true);
    if (isReplay) await look(refs);
    else applyChanges(answer.html);
    return lookAtFailed(refs);
  }
  if (answer.headers.get("X-Kanban-Code") === "reason_required") {
    const reason = await askWhy(answer.html);
    if (reason) return carry(url, refs, { ...values, limit_reason: reason, command: newCommand() }, putBack);
    if (reason === "") return goBack(refs, putBack);
  }
  goBack(refs, putBack);
  if (isOurs) applyChanges(answer.html);
  else sayItFailed();
  went("move", false);
  await look(refs);
  const card = cardOf(refs);
  if (card) shine(card, "is-refused");
}

const isMany = (/** @type {string} */ refs) => refs.includes(" ");

/** Fetch the card as it is now, or for several cards the whole board, without waiting for moves in the line. @param {string} refs */
const look = async (refs) => {
  if (isMany(refs)) document.dispatchEvent(new CustomEvent("board:stale"));
  else await catchUp({ items: refs ? [refs] : undefined, glow: false, inLine: true });
};

/** @param {"waiting" | "givenUp"} name @param {string} refs */
const wordsOf = (name, refs) => words(refs && !isMany(refs) ? name : `${name}All`, { ref: refs });

/** Failed moves that are not put back yet, since later moves of their cards are on their way; the latest first. @type {{ refs: string, putBack: () => void }[]} */
const failed = [];

/** The failed moves that are connected to these cards, directly or through cards they share, and all cards of these. @param {string} refs */
function tiedTo(refs) {
  const cards = new Set(refs.split(" "));
  const ways = new Set();
  for (let before = -1; before < cards.size; ) {
    before = cards.size;
    for (const one of failed) {
      const own = one.refs.split(" ");
      if (!own.some((ref) => cards.has(ref))) continue;
      ways.add(one);
      for (const ref of own) cards.add(ref);
    }
  }
  return { cards: [...cards], ways: failed.filter((one) => ways.has(one)) };
}

/** @param {typeof failed} ways */
function forget(ways) {
  for (const one of ways) failed.splice(failed.indexOf(one), 1);
}

/** Put cards back to where the server has them, undoing all moves that failed one after another. @param {string} refs @param {() => void} putBack */
function goBack(refs, putBack) {
  failed.unshift({ refs, putBack });
  const { cards, ways } = tiedTo(refs);
  if (cards.some(movesOn)) return;
  forget(ways);
  const goAll = () => ways.forEach((way) => way.putBack());
  const card = cardOf(refs);
  if (card) slide(card, goAll);
  else goAll();
}

/** After an accepted move, fetch the cards of earlier failed moves, since its answer need not say where they are. @param {string} refs */
function lookAtFailed(refs) {
  const { ways } = tiedTo(refs);
  forget(ways);
  for (const one of ways) void look(one.refs);
}

/** The server's answer, or null if it never came; the cards are marked while waiting. @param {string} url @param {string} refs @param {Record<string, string>} values */
async function ask(url, refs, values) {
  mark(refs, "is-saving");
  const away = () => {
    isAway = true;
    sayItWaits(refs);
  };
  return insist(filtered(url), new URLSearchParams(values), away).finally(() => {
    isAway = false;
    mark(refs, null);
  });
}

/** Close the dialog of a move that was accepted or is waiting; a refused one is shown in the dialog, which keeps its choices. */
const leaveDialog = () => document.querySelector("[data-move-dialog][aria-busy]")?.closest("dialog")?.close();

/** @param {string} refs */
function sayItWaits(refs) {
  leaveDialog();
  mark(refs, "is-waiting");
  showNotice("warn", wordsOf("waiting", refs));
}

/** @param {string} refs @param {string | null} how */
function mark(refs, how) {
  for (const ref of refs.split(" ")) {
    const card = cardOf(ref);
    card?.classList.remove("is-saving", "is-waiting");
    if (how) card?.classList.add(how);
    if (card && how === "is-waiting") card.dataset.waiting = words("waits", {});
  }
}

// On a board and in a backlog, the forms for pulling, undoing and the dialog *Move to…* are sent the same way as a drag.
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
