// Keeps what was typed and not sent when the page is left: by an ended sign-in, by Back, by a reload. It is kept for this tab and
// this person until the same form is drawn again, and forgotten when the tab is closed or on signing out. Fields that save
// themselves are kept too, in case the save does not arrive; if it did, the form has another revision and the text is dropped.
import { changedIn, keyOf, shelf, takeFromShelf } from "./keep.js";
import { leave } from "./save.js";

const owner = document.querySelector('meta[name="live-worker"]')?.getAttribute("data-owner");
const PLACE = `typed ${owner}`;
const FORMS = 'form[method="post"]:is([data-reset], :has(textarea)):not([data-draft]:not([data-unsaved]), [data-conflict], .htmx-request:not([data-reset], [data-draft]))';

/** Forms that were submitted and lead to the next page; their content needs no keeping. @type {WeakSet<EventTarget>} */
const sent = new WeakSet();
let isOver = false;

window.addEventListener("submit", (event) => {
  const form = /** @type {Element} */ (event.target);
  if (event.defaultPrevented) return;
  sent.add(form);
  if (form.matches('[action$="/sign-out"]')) isOver = true;
});

function keep() {
  const all = new Map(shelf);
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(FORMS))) {
    const texts = sent.has(form) ? [] : changedIn(form);
    if (texts.length) all.set(keyOf(form), texts);
  }
  try {
    if (all.size && !isOver) sessionStorage.setItem(PLACE, JSON.stringify([...all]));
    else sessionStorage.removeItem(PLACE);
  } catch {
    // The browser stores nothing, or the content is too large: the page is left without keeping it.
  }
}

function giveBack() {
  try {
    for (const [form, texts] of JSON.parse(sessionStorage.getItem(PLACE) ?? "[]")) shelf.set(form, texts);
    sessionStorage.removeItem(PLACE);
  } catch {
    return;
  }
  takeFromShelf();
}

if (owner) {
  window.addEventListener("pagehide", keep);
  // A page restored from the back/forward cache still has its content.
  window.addEventListener("pageshow", (event) => event.persisted && sessionStorage.removeItem(PLACE));
  // Not earlier: only then have all modules registered their listeners.
  document.addEventListener("DOMContentLoaded", giveBack);
}

// Fields save when they lose the focus, but leaving the page, or the item by Back, takes no focus away; so save explicitly.
function saveAll() {
  for (const form of document.querySelectorAll("details.edit[open] form[data-save]")) leave(/** @type {HTMLFormElement} */ (form));
}
window.addEventListener("beforeunload", saveAll);
window.addEventListener("pagehide", saveAll);
document.addEventListener("part:leaving", saveAll);
