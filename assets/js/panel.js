// The panel that shows an item beside the list: a link with data-panel opens it, the address names the item, and the list keeps its
// scroll position.
import htmx from "htmx.org";

import { closest, isIdle, isNarrow, isPlainClick, isTyping, onHands } from "./dom.js";
import { shelve } from "./keep.js";

/** @returns {HTMLElement | null} */
const panel = () => document.getElementById("panel");

/** The reference of the item that is open beside the list, as the address says. @returns {string | null} */
export function panelItem() {
  return new URL(window.location.href).searchParams.get("item");
}

/** @param {string | null} ref */
function addressOf(ref) {
  const url = new URL(window.location.href);
  if (ref) url.searchParams.set("item", ref);
  else url.searchParams.delete("item");
  return url;
}

/** @param {string} ref */
const linkTo = (ref) => document.querySelector(`[data-item="${CSS.escape(ref)}"] a[data-panel]`);

/** @param {string | null} ref */
function markCurrent(ref) {
  for (const old of document.querySelectorAll("[data-item][aria-current]")) old.removeAttribute("aria-current");
  if (ref) document.querySelector(`[data-item="${CSS.escape(ref)}"]`)?.setAttribute("aria-current", "true");
}

/** The panel takes room from the list, so scroll the item's row or card into view again. @param {string} ref */
const keepInSight = (ref) => document.querySelector(`[data-item="${CSS.escape(ref)}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });

/** The reference of the item that the panel shows at present. */
const shownItem = () => document.getElementById("item")?.dataset.itemOpen ?? null;

let asked = 0;
/** How often a key or pointer was pressed: a person who has gone on meanwhile keeps the focus. */
let acts = 0;
onHands(() => (acts += 1));

/**
 * Fetch an item into the panel. If that fails, the one before it stays, and the mark in the list and the address follow that.
 * @param {string} ref
 * @param {string} [url]
 * @returns {Promise<boolean | void>} true unless another item was asked for meanwhile
 */
async function load(ref, url) {
  const place = panel();
  if (!place) return;
  const turn = (asked += 1);
  const address = url ?? (linkTo(ref)?.getAttribute("href") || `${place.dataset.items}${encodeURIComponent(ref)}`);
  await htmx.ajax("GET", address, { source: place, target: place, swap: "innerHTML" });
  const shown = shownItem();
  if (turn !== asked) return;
  markCurrent(shown);
  if (panelItem() !== shown) history.replaceState({}, "", addressOf(shown));
  return true;
}

/**
 * Open an item beside the list, or go to its page if there is no room. A step from one item to the next replaces the entry in the
 * browser's history.
 * @param {string} ref
 * @param {string} [url]
 * @param {{ isStep?: boolean }} [how]
 */
export async function openPanel(ref, url, { isStep = false } = {}) {
  const place = panel();
  if (!place || isNarrow()) return window.location.assign(url ?? `${place?.dataset.items ?? "/items/"}${ref}`);
  if (isStep) history.replaceState({}, "", addressOf(ref));
  else if (panelItem() !== ref) history.pushState({}, "", addressOf(ref));
  const [from, before] = [document.activeElement, acts];
  if (!(await load(ref, url))) return;
  place.scrollTop = 0;
  keepInSight(ref);
  if (acts === before || document.activeElement === from) place.focus({ preventScroll: true });
}

/** Empty the panel; if the focus was in it, it goes to the item's link, or to the main part if there is none. */
function empty() {
  const place = panel();
  if (!place?.childElementCount) return;
  const isHeld = document.activeElement === document.body || place.contains(document.activeElement);
  const link = linkTo(shownItem() ?? "");
  shelve(place);
  place.replaceChildren();
  markCurrent(null);
  const next = link?.checkVisibility() ? link : document.getElementById("main");
  if (isHeld && next instanceof HTMLElement) next.focus({ preventScroll: true });
}

export function closePanel() {
  asked += 1;
  panel()?.dispatchEvent(new Event("htmx:abort"));
  empty();
  if (panel() && panelItem()) history.pushState({}, "", addressOf(null));
}

document.addEventListener("click", (event) => {
  const link = /** @type {HTMLAnchorElement | null} */ (closest(event, "a[data-panel]"));
  if (link && panel() && !link.closest(".item-page") && isPlainClick(event) && !isNarrow()) {
    event.preventDefault();
    const ref = link.dataset.panel || decodeURIComponent(new URL(link.href).pathname.split("/").pop() ?? "");
    void openPanel(ref, link.href);
  } else if (closest(event, "#panel [data-close]")) {
    closePanel();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || closest(event, ".edit[open]")) return;
  if (!isIdle()) return;
  const active = document.activeElement;
  if (isTyping(active)) /** @type {HTMLElement | null | undefined} */ (active?.closest("#panel, #main"))?.focus({ preventScroll: true });
  else closePanel();
});

// Until another item replaces this one, somebody may go on writing in it.
document.addEventListener("htmx:before:swap", (event) => {
  const target = /** @type {CustomEvent} */ (event).detail.ctx?.target;
  if (target?.id === "panel" && shownItem() !== panelItem()) shelve(target);
});

// A question that was just asked is above its form, which is gone: scroll to it.
document.addEventListener("htmx:after:swap", () => {
  const fresh = document.querySelector("[data-fresh]");
  fresh?.removeAttribute("data-fresh");
  fresh?.scrollIntoView({ block: "nearest" });
});

window.addEventListener("popstate", () => {
  const ref = panelItem();
  if (ref) void load(ref);
  else empty();
});

const first = panelItem();
if (first && panel()) {
  if (isNarrow()) window.location.replace(`${panel()?.dataset.items}${encodeURIComponent(first)}`);
  else if (!panel()?.childElementCount) void load(first);
  else markCurrent(first);
}
