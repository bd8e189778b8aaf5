// Dialogs, either part of the page or fetched into the shared one. Every opener is a link to a page that works without script.
import htmx from "htmx.org";

import { cardOf, closest, isPlainClick, onHands } from "./dom.js";
import { shelveForm } from "./keep.js";

/** @type {WeakMap<HTMLDialogElement, { opener: Element | null, names: string[] }>} */
const openers = new WeakMap();

/** The dialog whose form is being sent; if it is closed meanwhile, it keeps its content until the answer is there. @type {HTMLDialogElement | null} */
let sending = null;

/** @param {HTMLDialogElement} dialog */
export function showDialog(dialog) {
  if (dialog.open) return;
  openers.set(dialog, { opener: document.activeElement, names: namesAround(document.activeElement) });
  dialog.showModal();
}

/**
 * Fetch a page's fragment into the shared dialog.
 * @param {string} url
 * @returns {Promise<void>}
 */
export async function openDialog(url) {
  const dialog = document.getElementById("dialog");
  const body = document.getElementById("dialog-body");
  if (!(dialog instanceof HTMLDialogElement) || !body) return window.location.assign(url);
  const opener = document.activeElement;
  const names = namesAround(opener);
  dialog.ariaBusy = "true";
  while (sending) await new Promise((done) => document.addEventListener("htmx:finally:request", done, { once: true }));
  body.replaceChildren();
  await htmx.ajax("GET", url, { source: body, target: body, swap: "innerHTML" });
  dialog.ariaBusy = null;
  if (!body.childElementCount) return;
  const title = body.querySelector("h2");
  if (title) dialog.setAttribute("aria-label", title.textContent ?? "");
  showDialog(dialog);
  openers.set(dialog, { opener, names });
}

document.addEventListener("click", (event) => {
  const opener = /** @type {HTMLAnchorElement | null} */ (closest(event, "a[data-dialog]"));
  if (opener && isPlainClick(event)) {
    const kept = opener.dataset.dialog ? document.getElementById(opener.dataset.dialog) : null;
    event.preventDefault();
    closest(event, "details.menu")?.removeAttribute("open");
    if (kept instanceof HTMLDialogElement) showDialog(kept);
    else void openDialog(opener.href);
    return;
  }
  if (closest(event, "[data-close]")) /** @type {HTMLDialogElement | null} */ (closest(event, "dialog"))?.close();
  // A click on the backdrop has the dialog itself as its target.
  if (event.target instanceof HTMLDialogElement) dismiss(event.target);
});
document.addEventListener("cancel", (event) => leaveText(event.target), true);

/** @param {HTMLDialogElement} dialog */
function dismiss(dialog) {
  leaveText(dialog);
  dialog.close();
}

/** Keep the text of its forms for the next time it opens: Escape or a click beside it may be a mistake. @param {EventTarget | null} dialog */
function leaveText(dialog) {
  if (!(dialog instanceof HTMLDialogElement) || dialog.id !== "dialog") return;
  for (const form of dialog.querySelectorAll("form:has(textarea):not(.htmx-request)")) shelveForm(/** @type {HTMLFormElement} */ (form));
}

/** The ids of the elements around the focus, from the inside out, as they were before a swap or a dialog. @type {string[]} */
let around = [];
onHands((event) => {
  around = [];
  // Escape aborts a dialog that is still being fetched.
  if (event.key === "Escape") document.getElementById("dialog-body")?.dispatchEvent(new Event("htmx:abort"));
});

/** @param {Element | null} part @returns {string[]} */
function namesAround(part) {
  const outer = part?.closest("[id]");
  return outer ? [outer.id, ...namesAround(outer.parentElement)] : [];
}

// A redraw may remove the element that had the focus, and so may a dialog's change remove its opener. Then the nearest part around
// it gets the focus, unless something else has it or the person has pressed a key or pointer since.
function focusAround() {
  for (const name of around) {
    if (document.activeElement !== document.body) return;
    const part = document.getElementById(name);
    const place = /** @type {HTMLElement | null} */ (part?.querySelector(":scope > summary") ?? part);
    // An element that is not focusable accepts the focus once it has a tabindex.
    if (place && place.tabIndex < 0) place.tabIndex = -1;
    place?.focus({ preventScroll: true });
  }
}
document.addEventListener("htmx:before:swap", () => {
  if (document.activeElement !== document.body) around = namesAround(document.activeElement);
});
document.addEventListener("htmx:after:swap", () => window.setTimeout(focusAround));

document.addEventListener(
  "close",
  (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (dialog.id === "dialog" && !sending) document.getElementById("dialog-body")?.replaceChildren();
    dialog.querySelector("[data-toast]")?.remove();
    const { opener, names } = openers.get(dialog) ?? {};
    around = names ?? [];
    // If the opener's card was drawn anew meanwhile, use the new card's link.
    const ref = opener?.closest("[data-item]")?.getAttribute("data-item") ?? "";
    const place = opener?.isConnected ? opener : cardOf(ref)?.querySelector(".title a");
    if (!(place instanceof HTMLElement)) return void window.setTimeout(focusAround);
    // An opener in a menu that has closed can't be focused; its menu's button gets the focus instead.
    (place.checkVisibility() ? place : place.closest("details")?.querySelector("summary"))?.focus();
  },
  true,
);

// An accepted form closes its dialog. The answer may replace the form, so the dialog is looked up before the request.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.request.method === "GET" ? null : ctx.sourceElement?.closest?.("form");
  ctx.dialog = form?.closest("dialog");
  sending = ctx.dialog ?? sending;
});
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!ctx.dialog) return;
  sending = null;
  if (ctx.response?.raw.ok) ctx.dialog.close();
  else showDialog(ctx.dialog);
});
// On a page of its own, such a form is sent as without script: there is no dialog to close and no list behind it to refresh.
window.addEventListener(
  "submit",
  (event) => {
    if (closest(event, ".dialog-page form[data-refreshes]")) event.stopImmediatePropagation();
  },
  true,
);
