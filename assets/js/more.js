// Loads the rest of long columns when it comes near, by scrolling or by key. The link at the end of a list means that there is more.
import { get } from "./ask.js";
import { catchUp } from "./changes.js";
import { board, cardOf } from "./dom.js";
import { lastOf } from "./walk.js";

const AHEAD_PX = 900;
const IN_HAND = ".is-ghost, .is-lifted, .is-saving, .is-waiting, .sortable-chosen";

/** The fetches that are going on, by list. @type {WeakMap<Element, Promise<boolean>>} */
const under_way = new WeakMap();
/** @type {Map<Element | null, IntersectionObserver>} */
let watchers = new Map();

/** The link to a list's further cards; null if all are loaded. @param {Element | null | undefined} list */
export const moreOf = (list) => /** @type {HTMLAnchorElement | null} */ (list?.querySelector(":scope > [data-more]") ?? null);

/**
 * Fetch the next cards of a list.
 * @param {Element} list
 * @returns {Promise<boolean>} whether there are more cards than before
 */
export function loadMore(list) {
  const running = under_way.get(list);
  if (running) return running;
  const started = fetchMore(list, 2).finally(() => under_way.delete(list));
  under_way.set(list, started);
  return started;
}

/** @param {Element} list @param {number} tries @returns {Promise<boolean>} */
async function fetchMore(list, tries) {
  const link = moreOf(list);
  if (!link || !tries) return false;
  const url = new URL(link.href);
  const last = [...list.querySelectorAll(":scope > .card")].findLast((card) => !card.matches(IN_HAND));
  if (last instanceof HTMLElement) url.searchParams.set("after", last.dataset.item ?? "");
  else url.searchParams.delete("after");
  const part = await fetchPart(url);
  if (!part || !list.isConnected) return false;
  if (!("lost" in part.dataset)) return append(list, link, part);
  // The last card here has left the column, and this screen does not know yet: catch up and try again.
  await catchUp({});
  return fetchMore(list, tries - 1);
}

/** @param {URL} url @returns {Promise<HTMLElement | null>} */
async function fetchPart(url) {
  const answer = await get(url);
  if (!answer?.ok) return null;
  const template = document.createElement("template");
  template.innerHTML = answer.html;
  return /** @type {HTMLElement | null} */ (template.content.querySelector("[data-part]"));
}

/**
 * Load into a new board, before it is shown, as much of each long column as the present screen has loaded.
 * @param {Element} screen
 * @param {Element} fresh
 * @returns {Promise<boolean>} whether that took time
 */
export async function fillUp(screen, fresh) {
  const long = [...fresh.querySelectorAll(".cards")].filter(moreOf);
  const grown = long.map((list) => {
    const seen = screen.querySelectorAll(`[data-column="${list.getAttribute("data-column")}"] > .card`);
    return fillList(list, seen.length);
  });
  return (await Promise.all(grown)).includes(true);
}

/** @param {Element} list @param {number} count */
async function fillList(list, count) {
  let grown = false;
  for (let link = moreOf(list); link && list.querySelectorAll(":scope > .card").length < count; link = moreOf(list)) {
    const part = await fetchPart(new URL(link.getAttribute("href") ?? "", location.href));
    grown = true;
    // The card that they should follow has left meanwhile: the rest is loaded when somebody scrolls there.
    if (!part || "lost" in part.dataset) break;
    for (const card of part.querySelectorAll(".card")) {
      list.closest("[data-board]")?.querySelector(`.card[data-item="${card.getAttribute("data-item")}"]`)?.remove();
      link.before(card);
    }
    link.replaceWith(...[moreOf(part)].filter((next) => next !== null));
  }
  return grown;
}

/** @param {Element} list @param {HTMLElement} link @param {HTMLElement} part */
function append(list, link, part) {
  const cards = /** @type {HTMLElement[]} */ ([...part.querySelectorAll(".card")]);
  for (const card of cards) {
    const old = cardOf(card.dataset.item ?? "");
    if (old?.matches(IN_HAND) || old?.contains(document.activeElement)) continue;
    old?.remove();
    for (const inside of card.querySelectorAll("a")) inside.tabIndex = -1;
    link.before(card);
  }
  const next = moreOf(part);
  if (next) link.replaceWith(next);
  else link.remove();
  if (next) watch(list, next);
  document.dispatchEvent(new CustomEvent("board:more"));
  return cards.length > 0;
}

/** @param {Element} list @param {Element} link */
function watch(list, link) {
  const root = getComputedStyle(list).overflowY === "visible" ? null : list;
  let watcher = watchers.get(root);
  if (!watcher) {
    watcher = new IntersectionObserver(near, { root, rootMargin: `${AHEAD_PX}px 0px` });
    watchers.set(root, watcher);
  }
  watcher.observe(link);
}

/** @param {IntersectionObserverEntry[]} entries */
function near(entries) {
  for (const entry of entries) {
    const list = entry.isIntersecting ? entry.target.parentElement : null;
    if (list) void loadMore(list);
  }
}

/** Watch every list that is not fully loaded; called again after the board was drawn anew. */
function attach() {
  for (const watcher of watchers.values()) watcher.disconnect();
  watchers = new Map();
  for (const link of board()?.querySelectorAll("[data-more]") ?? []) {
    if (link.parentElement) watch(link.parentElement, link);
  }
}

/** Put a card at the end of a list, above the link to what follows. @param {Element} list @param {Element} card */
export function putLast(list, card) {
  const last = lastOf(list);
  if (last !== card) list.insertBefore(card, moreOf(list));
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-board] [data-more]") : null;
  if (!link?.parentElement || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void loadMore(link.parentElement);
});
document.addEventListener("board:replaced", attach);
attach();
