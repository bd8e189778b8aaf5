// Toasts: read out once, gone after a while; the newest in full, the others behind a line. What can be undone stays out of
// sight, so that Ctrl+Z goes back further and further. Also the sentence for answers that never came.
import htmx from "htmx.org";

import { announce } from "./announce.js";
import { showPartials } from "./changes.js";
import { closest } from "./dom.js";

const LIFE_MS = 8000;
/** One that asks something stays long enough to be read and answered. */
const ASKING_MS = 20_000;
/** So many are kept in sight or behind the newest. */
const MOST = 5;
/** How long after it was done something can be undone by key. */
const UNDO_MS = 600_000;

/** What the next sentence takes the place of: nothing that asks, went wrong or is being used. */
const PASSING = '[data-toast=""]:not(.bad, :hover, :focus-within, [hidden])';

/** The region that holds them. @returns {HTMLElement | null} */
const region = () => document.getElementById("toasts");

/** What it says: said once more, it takes the place of itself. @param {Node} toast */
const sentence = (toast) => /** @type {Element} */ (toast).querySelector("p")?.textContent;

/** @param {Element} toast @returns {HTMLFormElement | null} */
const undoOf = (toast) => toast.querySelector("form[data-undo]");

/** What had the focus before a toast did. @type {HTMLElement | null} */
let earlier = null;
document.addEventListener("focusin", (event) => {
  if (event.target instanceof HTMLElement && !region()?.contains(event.target)) earlier = event.target;
});

/** The focus goes back from what is about to leave. @param {Element | null | undefined} toast */
export function giveBack(toast) {
  if (toast?.contains(document.activeElement) && earlier?.isConnected) earlier.focus({ preventScroll: true });
}

/** Take it off the screen. @param {HTMLElement} toast */
function putAway(toast) {
  giveBack(toast);
  if (undoOf(toast)) toast.hidden = true;
  else toast.remove();
}

/** The line that stands for all but the newest, and opens them. @returns {HTMLElement | null} */
const more = () => document.querySelector("[data-toasts-more]");

/** Say how many wait behind the newest. */
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
  // What went wrong is said in the dialog that is open: the page behind can be neither read nor reached.
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
    // While the stack is open nothing leaves it.
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
 * Show a sentence made on this side, in the same shape as the server's own, which come as fragments.
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

/** Show what an answer says that no form of htmx has asked for, with its undo. @param {string} html */
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
      // It goes when what went wrong first goes well.
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

/** No answer at all, or one that nobody meant to give. @param {string | null} [sentence] what it says of itself */
export const failed = (sentence) => showNotice("bad", sentence ?? region()?.dataset.failed ?? "");
document.addEventListener("htmx:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx?.request) failed();
});
document.addEventListener("htmx:response:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.response.status >= 500) failed();
});

/** What went wrong stays until the same thing goes well. @param {string} what @param {boolean | undefined} isWell */
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
