// Brings a board up to date from the server's fragment: cards, where they stand, heads of columns, a sentence if any.
import { closePanel, panelItem, reloadPanel } from "./panel.js";

/** @returns {HTMLElement | null} */
export const board = () => document.querySelector("[data-board]");

/** @param {string} ref @returns {HTMLElement | null} */
export const cardOf = (ref) => board()?.querySelector(`.card[data-item="${CSS.escape(ref)}"]`) ?? null;

/** The version that this screen shows. */
export const shownVersion = () => Number(board()?.dataset.version ?? 0);

/**
 * Apply an answer. `glow` marks cards that somebody else changed.
 * @param {string} html
 * @param {{ glow?: boolean }} [options]
 */
export function applyChanges(html, { glow = false } = {}) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showPartials(template.content);
  const told = template.content.querySelector("[data-changes-of]");
  const screen = board();
  if (!(told instanceof HTMLElement) || !screen || told.dataset.changesOf !== screen.dataset.product) return;
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement ? focused.closest(".card") : null;
  const heldRef = held instanceof HTMLElement ? held.dataset.item : undefined;
  for (const change of told.querySelectorAll("[data-change]")) applyOne(screen, /** @type {HTMLElement} */ (change), glow);
  for (const head of told.querySelectorAll("[data-head]")) applyHead(screen, /** @type {HTMLElement} */ (head));
  screen.dataset.version = String(Math.max(Number(told.dataset.version), shownVersion()));
  if (heldRef && !document.contains(focused)) {
    /** @type {HTMLElement | null} */ (cardOf(heldRef)?.querySelector(".title a"))?.focus({ preventScroll: true });
  }
  const open = panelItem();
  if (glow && open && told.querySelector(`[data-change="${CSS.escape(open)}"]`)) void reloadPanel();
}

/** Put the toasts that came along where they say. @param {DocumentFragment} content */
function showPartials(content) {
  for (const partial of content.querySelectorAll("hx-partial")) {
    document.querySelector(partial.getAttribute("hx-target") ?? "#toasts")?.append(...partial.childNodes);
    partial.remove();
  }
}

/** @param {HTMLElement} screen @param {HTMLElement} change @param {boolean} glow */
function applyOne(screen, change, glow) {
  const ref = change.dataset.change ?? "";
  const old = cardOf(ref);
  const fresh = change.querySelector(".card");
  const list = screen.querySelector(`.cards[data-column="${change.dataset.column}"]`);
  if (!(fresh instanceof HTMLElement) || !list) {
    old?.remove();
    if (panelItem() === ref && !fresh && change.dataset.closes) closePanel();
    return;
  }
  fresh.querySelector(".title a")?.setAttribute("tabindex", old?.querySelector(".title a")?.getAttribute("tabindex") ?? "-1");
  const after = change.dataset.after ? cardOf(change.dataset.after) : null;
  const neighbour = after && after.parentElement === list ? after : null;
  if (old && old.parentElement === list && previousCard(old) === neighbour) old.replaceWith(fresh);
  else {
    old?.remove();
    if (neighbour) neighbour.after(fresh);
    else list.prepend(fresh);
  }
  if (glow && (!old || old.outerHTML !== fresh.outerHTML)) shine(fresh, "is-changed");
}

/** @param {Element} card @returns {Element | null} */
export function previousCard(card) {
  let before = card.previousElementSibling;
  while (before && !before.matches(".card")) before = before.previousElementSibling;
  return before;
}

/** @param {HTMLElement} screen @param {HTMLElement} head */
function applyHead(screen, head) {
  const old = document.getElementById(head.id);
  if (!old) return;
  const full = head.dataset.full === "true";
  if (old.innerHTML !== head.innerHTML) old.replaceWith(head);
  const box = screen.querySelector(`[data-column-box="${head.dataset.head}"]`);
  box?.classList.toggle("is-full", full);
  box?.querySelector(".limit")?.toggleAttribute("hidden", !full);
}

/** Give a mark that ends with its animation. @param {Element} element @param {string} mark */
export function shine(element, mark) {
  element.classList.add(mark);
  const end = () => element.classList.remove(mark);
  element.addEventListener("animationend", end, { once: true });
  window.setTimeout(end, 1500);
}

/**
 * Fetch what changed and apply it; the whole board when columns changed or too much was missed.
 * @param {{ items?: string[], whole?: boolean, glow?: boolean }} what
 */
export async function catchUp({ items, whole = false, glow = true }) {
  const screen = board();
  if (!screen) return;
  const url = whole ? location.href : `${screen.dataset.changes}?${items ? `items=${items.join(",")}` : `since=${shownVersion()}`}`;
  const answer = await fetch(url, { headers: whole ? {} : { "HX-Request": "true" } });
  if (!answer.ok) return;
  const html = await answer.text();
  if (!whole) return applyChanges(html, { glow });
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-board]");
  if (!fresh) return;
  const scrolled = [...screen.querySelectorAll("[data-column]")].map((list) => [list.getAttribute("data-column"), list.scrollTop]);
  screen.replaceWith(document.adoptNode(fresh));
  for (const [column, top] of scrolled) fresh.querySelector(`[data-column="${column}"]`)?.scrollTo({ top: Number(top) });
  document.dispatchEvent(new CustomEvent("board:replaced"));
}
