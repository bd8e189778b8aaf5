// Small helpers for the document that several modules share.

/**
 * The closest element around the event's target that matches, or the target itself.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(event, selector) {
  const target = event.target;
  return target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;
}

/**
 * Whether a key may act as a shortcut of the page: it is pressed without modifiers, nothing has handled it, and nobody is typing, in
 * a dialog or carrying something. A key that is held down counts once, except J and K; single-character keys don't count for a
 * person who has switched them off.
 * @param {KeyboardEvent} event
 */
export function isFree(event) {
  // On many keyboards, "[" needs AltGr or Option.
  if (event.altKey ? event.key !== "[" : event.ctrlKey) return false;
  if (event.defaultPrevented || event.metaKey || isTyping(event.target)) return false;
  if (/^\S$/.test(event.key) && document.querySelector("[data-letterless]")) return false;
  if (event.repeat && !/^[jk]$/i.test(event.key)) return false;
  return isIdle();
}

/** Whether no dialog is open and nothing is being carried or dragged. */
export const isIdle = () => !inDialog() && !document.querySelector(".is-lifted, .is-dragging");

/** Whether a dialog is open or being fetched. */
export const inDialog = () => document.querySelector("dialog:is([open], [aria-busy])") !== null;

/** Call a function on every press of a key or pointer, before anything else handles it. @param {(event: any) => unknown} does */
export function onHands(does) {
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, does, true);
}

/** Call a function when the person turns elsewhere while carrying something: on a press of the pointer or focus in a dialog. @param {() => void} putBack */
export function whenElsewhere(putBack) {
  document.addEventListener("pointerdown", putBack, true);
  document.addEventListener("focusin", (event) => closest(event, "dialog") && putBack());
}

/**
 * Whether keys write text here, so that a letter is no shortcut.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

/**
 * Create an element that is not on the page yet.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {object} [more] what it says, its class, its role …
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, more) {
  return Object.assign(document.createElement(name), more);
}

/** An answer parsed as a document, to take parts from. @param {string} html */
export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

/**
 * A sentence of the page with its {names} filled in.
 * @param {string | null | undefined} text
 * @param {Record<string, string | number>} values
 */
export function filled(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/** Whether the window is as narrow as a phone's, where an item opens as a page of its own. */
export function isNarrow() {
  return window.matchMedia("(max-width: 760px)").matches;
}

/** Whether a card or column is being moved, or a column renamed, so that the board must not be drawn anew. */
export function isHeld() {
  return document.body.matches(".is-dragging") || document.querySelector(".board :is(.is-lifted, .sortable-chosen, .rename)") !== null;
}

/**
 * Whether a click means "here and now", not "in a new tab".
 * @param {MouseEvent} event
 */
export function isPlainClick(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
}

/** @returns {HTMLElement | null} */
export const board = () => document.querySelector("[data-board]");

/** @param {string} ref @returns {HTMLElement | null} */
export const cardOf = (ref) => board()?.querySelector(`.card[data-item="${CSS.escape(ref)}"]`) ?? null;
