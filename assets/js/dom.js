// Small questions about the document that several behaviours ask.

/**
 * The closest element of the event's target that matches.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(event, selector) {
  const target = event.target;
  return target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;
}

/**
 * Whether a key is pressed alone and may mean something of the page: nobody has taken it, writes, is in a dialog or carries
 * something. One that is held down means no more than its first press, but for those that walk;
 * and one of a single character means nothing to who has switched these off.
 * @param {KeyboardEvent} event
 */
export function isFree(event) {
  // On many keyboards "[" takes AltGr or Option.
  if (event.altKey ? event.key !== "[" : event.ctrlKey) return false;
  if (event.defaultPrevented || event.metaKey || isTyping(event.target)) return false;
  if (/^\S$/.test(event.key) && document.querySelector("[data-letterless]")) return false;
  if (event.repeat && !/^[jk]$/i.test(event.key)) return false;
  return isIdle();
}

/** Whether no dialog has the keyboard and nothing is in the air. */
export const isIdle = () => !inDialog() && !document.querySelector(".is-lifted, .is-dragging");

/** Whether a dialog has the keyboard, or is on its way. */
export const inDialog = () => document.querySelector("dialog:is([open], [aria-busy])") !== null;

/** What to do before whatever hands do next. @param {(event: any) => unknown} does given the key or the pointer that is down */
export function onHands(does) {
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, does, true);
}

/** What to do before hands or the keyboard are elsewhere than with what is in the air. @param {() => void} putBack */
export function whenElsewhere(putBack) {
  document.addEventListener("pointerdown", putBack, true);
  document.addEventListener("focusin", (event) => closest(event, "dialog") && putBack());
}

/**
 * Whether the keyboard is busy writing, so that a letter is a letter.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

/**
 * An element that is not on the page yet.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {object} [more] what it says, its class, its role …
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, more) {
  return Object.assign(document.createElement(name), more);
}

/** An answer as a page of its own, to take parts from. @param {string} html */
export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

/**
 * A sentence of the page with its {names} filled in.
 * @param {string | null | undefined} text
 * @param {Record<string, string | number>} values
 */
export function filled(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/** Whether the page is as narrow as a phone, where an item is a page of its own. */
export function isNarrow() {
  return window.matchMedia("(max-width: 760px)").matches;
}

/** Whether somebody holds a card or a column, or writes a name, so that the board must not be drawn anew. */
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
