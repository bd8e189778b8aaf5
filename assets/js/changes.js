// Brings a board up to date from the server's fragment: cards and their places, counts in the heads of columns, a sentence if any.
import { get } from "./ask.js";
import { board, cardOf } from "./dom.js";
import { shine } from "./shine.js";
import { steadily } from "./steady.js";
import { movesOn, settled, sinceNow } from "./underway.js";

/** An address with this board's filter added to its query. @param {string} url */
export function filtered(url) {
  const words = board()?.dataset.filter;
  return words ? `${url}${url.includes("?") ? "&" : "?"}${words}` : url;
}

/** The version of the product that this screen shows. */
export const shownVersion = () => Number(board()?.dataset.version ?? 0);

/** The version at which the columns were drawn, since later changes only update cards and not columns. */
export const drawnVersion = () => Number(board()?.dataset.drawn ?? shownVersion());

const IN_HAND = ".is-ghost, .sortable-chosen, .is-lifted";
/** Cards that were being dragged or lifted when a change to them came; they are fetched again once that is over. @type {Set<string>} */
const missed = new Set();

/**
 * Apply an answer, except to cards of which a later move is on its way. `glow` highlights cards that somebody else changed;
 * `upTo` means that the answer holds everything up to its version, and not only what this screen did itself.
 * @param {string} html
 * @param {{ glow?: boolean, upTo?: boolean }} [options]
 */
export function applyChanges(html, { glow = false, upTo = false } = {}) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showPartials(template.content);
  const told = template.content.querySelector("[data-changes-of]");
  const screen = board();
  if (!(told instanceof HTMLElement) || !screen || told.dataset.changesOf !== screen.dataset.product) return;
  if ("tooMany" in told.dataset) return void document.dispatchEvent(new CustomEvent("board:stale"));
  const held = heldNow();
  steadily(() => {
    for (const change of told.querySelectorAll("[data-change]")) {
      if (!(change instanceof HTMLElement) || movesOn(change.dataset.change ?? "")) continue;
      applyOne(screen, change, glow);
    }
  });
  for (const count of told.querySelectorAll("[data-of]")) applyCount(screen, /** @type {HTMLElement} */ (count));
  trim(screen);
  for (const line of told.querySelectorAll("#board-progress, #board-found")) document.getElementById(line.id)?.replaceWith(line);
  const version = Number(told.dataset.version);
  // An answer that lacks some of the changed cards (data-in-part) must not advance the version: the screen has to catch up first.
  const isNext = version === shownVersion() + 1 && !("inPart" in told.dataset);
  if (version > shownVersion() && (upTo || isNext)) {
    screen.dataset.drawn ??= screen.dataset.version;
    screen.dataset.version = String(version);
  }
  held();
  document.dispatchEvent(new CustomEvent("board:changed"));
}

/** Remember the focused card; the function returned gives the focus back to it after a redraw, or to a neighbour if it has gone. */
function heldNow() {
  const focused = document.activeElement;
  const card = /** @type {HTMLElement | null | undefined} */ (focused?.closest(".board .card"));
  const beside = [card?.nextElementSibling, card?.previousElementSibling].map((one) => one?.getAttribute("data-item"));
  return () => {
    if (!card || !(focused instanceof HTMLElement) || focused.isConnected) return;
    const next = [card.dataset.item, ...beside].map((ref) => (ref ? cardOf(ref) : null)).find((one) => one);
    const link = next?.querySelector(".title a");
    if (link instanceof HTMLElement) link.focus({ preventScroll: true });
    else document.getElementById("main")?.focus({ preventScroll: true });
    // Focusing the card has brought its quick actions back, so the one that had the focus can get it again.
    if (next?.dataset.item === card.dataset.item) focused.focus({ preventScroll: true });
  };
}

/** Append partials that came along, such as toasts, to the targets that they name. @param {ParentNode} content */
export function showPartials(content) {
  for (const partial of content.querySelectorAll("hx-partial")) {
    document.querySelector(partial.getAttribute("hx-target") ?? "#toasts")?.append(...partial.childNodes);
    partial.remove();
  }
}

/** @param {HTMLElement} screen @param {HTMLElement} change @param {boolean} glow */
function applyOne(screen, change, glow) {
  const ref = change.dataset.change ?? "";
  const old = cardOf(ref);
  if (old?.matches(IN_HAND)) return void missed.add(ref);
  const fresh = change.querySelector(".card");
  const list = screen.querySelector(`.cards[data-column="${change.dataset.column}"]`);
  if (!(fresh instanceof HTMLElement) || !list) return void old?.remove();
  for (const link of fresh.querySelectorAll("a")) link.tabIndex = -1;
  if (old?.querySelector('.title a[tabindex="0"]')) fresh.querySelector(".title a")?.setAttribute("tabindex", "0");
  if (old?.hasAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
  const above = change.dataset.after ? cardOf(change.dataset.after) : null;
  // A card that is being dragged can't serve as the neighbour: fetch both again when that is over.
  if (above?.matches(IN_HAND)) missed.add(ref).add(change.dataset.after ?? "");
  const neighbour = above?.parentElement === list ? above : null;
  // Its place is below the loaded part of a long column, so it is only counted there.
  if (change.dataset.after && !neighbour && list.querySelector(":scope > [data-more]")) return void old?.remove();
  if (old && old.parentElement === list && old.previousElementSibling === neighbour) old.replaceWith(fresh);
  else {
    old?.remove();
    if (neighbour) neighbour.after(fresh);
    else list.prepend(fresh);
  }
  if (glow && !("own" in change.dataset)) shine(fresh, "is-changed");
}

/** @param {HTMLElement} screen @param {HTMLElement} count how full a column is */
function applyCount(screen, count) {
  const box = screen.querySelector(`[data-column-box="${count.dataset.of}"]`);
  const limit = box?.querySelector(".limit");
  box?.querySelector(".count")?.replaceWith(count);
  box?.classList.toggle("is-full", "full" in count.dataset);
  limit?.toggleAttribute("hidden", !("full" in count.dataset));
  if (limit) limit.textContent = count.dataset.full ?? "";
}

/** Remove all but the newest cards of a done column, except one that is being dragged. @param {HTMLElement} screen */
function trim(screen) {
  for (const list of screen.querySelectorAll("[data-most]")) {
    for (const card of [...list.children].slice(Number(list.getAttribute("data-most")))) if (!card.matches(IN_HAND)) card.remove();
  }
}

/**
 * Fetch what changed and apply it: everything since the version shown, or these items as they are now. If a card was moved here
 * while the answer was on its way, the answer is out of date: it is dropped, and fetched again once all moves have arrived. A
 * caller that is itself part of the line of moves (`inLine`) can't wait for that line.
 * @param {{ items?: string[], glow?: boolean, inLine?: boolean }} what
 * @returns {Promise<void>}
 */
export async function catchUp({ items, glow = true, inLine = false }) {
  const screen = board();
  if (!screen) return;
  const isOld = sinceNow();
  const query = items ? `items=${items.join(",")}` : `since=${shownVersion()}`;
  const answer = await get(filtered(`${screen.dataset.changes}?${query}`));
  if (!inLine && isOld()) {
    await settled();
    return catchUp({ items, glow });
  }
  if (answer?.ok) applyChanges(answer.html, { glow, upTo: !items });
}

document.addEventListener("board:rest", () => {
  const items = [...missed];
  missed.clear();
  if (items.length) void catchUp({ items, glow: false });
});
