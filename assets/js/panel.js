// The item beside the list: a link with data-panel opens it, the address says which, and the list never loses its place.
import htmx from "htmx.org";

import { closest, isIdle, isNarrow, isPlainClick, isTyping, onHands } from "./dom.js";
import { shelve } from "./keep.js";

/** @returns {HTMLElement | null} */
const panel = () => document.getElementById("panel");

/** Which item is open beside the list. @returns {string | null} */
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

/** The panel takes room from the list: what it shows stays in sight beside it. @param {string} ref */
const keepInSight = (ref) => document.querySelector(`[data-item="${CSS.escape(ref)}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });

/** The item that the panel shows. */
const shownItem = () => document.getElementById("item")?.dataset.itemOpen ?? null;

let asked = 0;
/** How often hands did something: who has gone on meanwhile keeps the focus. */
let acts = 0;
onHands(() => (acts += 1));

/**
 * Fetch an item. One that does not come leaves the one before it there, and mark and address say so.
 * @param {string} ref
 * @param {string} [url]
 * @returns {Promise<boolean | void>} whether it is still the one that is wanted
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
 * Open an item beside the list, or go to its page where there is no room beside it. A step from one item to the next takes
 * the place of the last one in the browser's history.
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

/** Take the item away; the focus goes from it to its link, or to the list that has none. */
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

// Until another item is there, hands may write in this one.
document.addEventListener("htmx:before:swap", (event) => {
  const target = /** @type {CustomEvent} */ (event).detail.ctx?.target;
  if (target?.id === "panel" && shownItem() !== panelItem()) shelve(target);
});

// What was just asked stands above its form, which is gone.
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
