// Toasts: read out once, gone after a while, their undo one key away. Also the sentence for answers that never came.
import { announce } from "./announce.js";
import { closest, isTyping } from "./dom.js";

const LIFE_MS = 8000;

/** The region that holds them. @returns {HTMLElement | null} */
const region = () => document.getElementById("toasts");

/** @param {HTMLElement} toast */
function settle(toast) {
  announce(toast.querySelector("p")?.textContent ?? "");
  if (toast.dataset.toast === "stay") return;
  let timer = 0;
  const wait = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => toast.remove(), LIFE_MS);
  };
  const hold = () => window.clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", wait);
  wait();
}

/**
 * Show a sentence made on this side; the server's own come as fragments.
 * @param {"good" | "warn" | "bad" | "plain"} kind
 * @param {string} sentence
 */
export function showNotice(kind, sentence) {
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  toast.dataset.toast = "";
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  region()?.append(toast);
}

const toasts = region();
if (toasts) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node instanceof HTMLElement && node.matches("[data-toast]")) settle(node);
      }
    }
    const shown = toasts.querySelectorAll("[data-toast]");
    for (const old of [...shown].slice(0, -3)) old.remove();
  }).observe(toasts, { childList: true });
}

document.addEventListener("click", (event) => {
  if (closest(event, "[data-toast-close]")) closest(event, "[data-toast]")?.remove();
});

// An undo that was pressed has done its work, whatever the answer says.
document.addEventListener("htmx:before:request", (event) => {
  const source = /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement;
  if (source instanceof HTMLElement && source.matches("[data-undo]")) {
    const toast = source.closest("[data-toast]");
    window.setTimeout(() => toast?.setAttribute("hidden", ""));
  }
});
document.addEventListener("htmx:finally:request", (event) => {
  const source = /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement;
  if (source instanceof HTMLElement && source.matches("[data-undo]")) source.closest("[data-toast]")?.remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyping(event.target)) return;
  const undos = document.querySelectorAll("[data-toast]:not([hidden]) form[data-undo]");
  const newest = undos[undos.length - 1];
  if (newest instanceof HTMLFormElement) {
    event.preventDefault();
    newest.requestSubmit();
  }
});

// No answer at all, or one that nobody meant to give.
const failed = () => showNotice("bad", region()?.dataset.failed ?? "");
document.addEventListener("htmx:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx?.request) failed();
});
document.addEventListener("htmx:response:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.response.status >= 500) failed();
});
