// Toasts: announced once and gone after a while; the newest is shown in full, the others behind a line. Toasts with an undo are only
// hidden, so that Ctrl+Z can go back further and further. Also the toast for answers that never came.
import htmx from "htmx.org";

import { announce } from "./announce.js";
import { showPartials } from "./changes.js";
import { closest } from "./dom.js";

const LIFE_MS = 8000;
/** A toast that asks something stays long enough to be read and answered. */
const ASKING_MS = 20_000;
/** The most toasts that are kept, the newest included. */
const MOST = 5;
/** How long something can be undone by key. */
const UNDO_MS = 600_000;

/** Toasts that the next one replaces: none that asks something, reports an error or is being used. */
const PASSING = '[data-toast=""]:not(.bad, :hover, :focus-within, [hidden])';

/** The region that holds the toasts. @returns {HTMLElement | null} */
const region = () => document.getElementById("toasts");

/** What a toast says; an error that is reported again replaces the toast that already says it. @param {Node} toast */
const sentence = (toast) => /** @type {Element} */ (toast).querySelector("p")?.textContent;

/** @param {Element} toast @returns {HTMLFormElement | null} */
const undoOf = (toast) => toast.querySelector("form[data-undo]");

/** The element that had the focus before a toast did. @type {HTMLElement | null} */
let earlier = null;
document.addEventListener("focusin", (event) => {
  if (event.target instanceof HTMLElement && !region()?.contains(event.target)) earlier = event.target;
});

/** Give the focus back if it is in a toast that is about to be removed. @param {Element | null | undefined} toast */
export function giveBack(toast) {
  if (toast?.contains(document.activeElement) && earlier?.isConnected) earlier.focus({ preventScroll: true });
}

/** Take a toast off the screen. @param {HTMLElement} toast */
function putAway(toast) {
  giveBack(toast);
  if (undoOf(toast)) toast.hidden = true;
  else toast.remove();
}

/** The line that represents all toasts but the newest, and unfolds them. @returns {HTMLElement | null} */
const more = () => document.querySelector("[data-toasts-more]");

/** Update the line that says how many toasts are behind the newest. */
function stack() {
  const [line, place] = [more(), region()];
  const count = (place?.querySelectorAll("[data-toast]:not([hidden])").length ?? 0) - 1;
  if (!line || line.dataset.count === String(count)) return;
  line.dataset.count = String(count);
  if (count < 1) {
    giveBack(line);
    unfold(false);
  } else if (line.firstElementChild) line.firstElementChild.textContent = (line.dataset.toastsMore ?? "").replace("{count}", String(count));
  line.hidden = count < 1;
}

/** @param {boolean} isOpen */
function unfold(isOpen) {
  region()?.classList.toggle("is-open", isOpen);
  more()?.setAttribute("aria-expanded", String(isOpen));
}

/** @param {HTMLElement} toast */
function settle(toast) {
  announce([...toast.querySelectorAll("p")].map((told) => told.textContent).join(" "));
  if (undoOf(toast)) window.setTimeout(() => toast.remove(), UNDO_MS);
  // An error is shown in the dialog that is open, since the page behind it can be neither read nor reached.
  const head = document.querySelector("dialog:modal .dialog-head");
  if (head && toast.matches(".bad")) {
    toast.role = "alert";
    head.parentElement?.querySelector("[data-toast]")?.remove();
    return head.after(toast);
  }
  if (toast.dataset.toast === "stay") return;
  let timer = 0;
  const wait = () => {
    window.clearTimeout(timer);
    // While the stack is unfolded, nothing leaves it.
    const leave = () => (region()?.matches(".is-open") ? wait() : putAway(toast));
    timer = window.setTimeout(leave, toast.dataset.toast === "asks" ? ASKING_MS : LIFE_MS);
  };
  const hold = () => window.clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", wait);
  wait();
}

/**
 * Show a sentence of this script as a toast that looks like those of the server, which come as fragments.
 * @param {"good" | "warn" | "bad" | "plain"} kind
 * @param {string} sentence
 */
export function showNotice(kind, sentence) {
  const shape = region()?.querySelector(`template[data-toast-of=${kind}]`);
  if (!(shape instanceof HTMLTemplateElement)) return;
  const toast = document.importNode(shape.content, true);
  toast.querySelector("p")?.append(sentence);
  region()?.append(toast);
}

/** Show the toasts in an answer that htmx did not handle itself, with their undo. @param {string} html */
export function showTold(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showPartials(template.content);
  const place = region();
  if (place) htmx.process(place);
}

const toasts = region();
if (toasts) {
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    const fresh = added.filter((node) => node instanceof HTMLElement && node.matches("[data-toast]"));
    for (const toast of fresh) settle(/** @type {HTMLElement} */ (toast));
    for (const old of fresh.length ? /** @type {NodeListOf<HTMLElement>} */ (toasts.querySelectorAll("[data-toast]:not([hidden])")) : []) {
      if (fresh.includes(old)) continue;
      const again = old.matches(".bad, .warn") && /** @type {HTMLElement[]} */ (fresh).find((node) => sentence(node) === sentence(old));
      // A toast that replaces an error also takes over what has to succeed before it goes (see `went`).
      if (again && old.dataset.of) again.dataset.of = old.dataset.of;
      if (again || old.matches(PASSING)) putAway(old);
    }
    const shown = toasts.querySelectorAll("[data-toast]:not([hidden])");
    for (const old of [...shown].slice(0, -MOST)) putAway(/** @type {HTMLElement} */ (old));
    stack();
  }).observe(toasts, { childList: true, subtree: true, attributeFilter: ["hidden"] });
}

document.addEventListener("click", (event) => {
  const toast = closest(event, "[data-toast-close]") && closest(event, "[data-toast]");
  if (toast) putAway(toast);
  if (closest(event, "[data-toasts-more]")) unfold(!region()?.matches(".is-open"));
});

/** Report that there was no answer, or an unexpected one. @param {string | null} [sentence] what the answer itself says */
export const failed = (sentence) => showNotice("bad", sentence ?? region()?.dataset.failed ?? "");
document.addEventListener("htmx:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx?.request) failed();
});
document.addEventListener("htmx:response:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.response.status >= 500) failed();
});

/** Note whether something succeeded: the toasts of its errors stay until it does. @param {string} what @param {boolean | undefined} isWell */
export function went(what, isWell) {
  for (const toast of /** @type {NodeListOf<HTMLElement>} */ (region()?.querySelectorAll(".toast.bad") ?? [])) {
    if (!isWell) toast.dataset.of ??= what;
    else if (toast.dataset.of === what) putAway(toast);
  }
}
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, request, response } = /** @type {CustomEvent} */ (event).detail.ctx;
  if (sourceElement instanceof HTMLFormElement) went(request.action, response?.raw.ok);
});
