// What was typed and not sent outlives its page: a sign-in that ends, Back, a reload. It is kept for this tab and this person
// until the same form is drawn again, and forgotten with the tab and at signing out. What saves by itself is kept too, in case
// that the save does not arrive; once it has, its form is of another revision.
import { changedIn, keyOf, shelf, takeFromShelf } from "./keep.js";
import { leave } from "./save.js";

const owner = document.querySelector('meta[name="live-worker"]')?.getAttribute("data-owner");
const PLACE = `typed ${owner}`;
const FORMS = 'form[method="post"]:is([data-reset], :has(textarea)):not([data-draft]:not([data-unsaved]), [data-conflict], .htmx-request:not([data-reset], [data-draft]))';

/** Forms on their way to the next page: what they say is sent. @type {WeakSet<EventTarget>} */
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
    // A browser that keeps nothing, or too much of it: the page is left as ever.
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
  // A page that comes back as it was has all of it still.
  window.addEventListener("pageshow", (event) => event.persisted && sessionStorage.removeItem(PLACE));
  // Only then does all of the page's script hear of it.
  document.addEventListener("DOMContentLoaded", giveBack);
}

// Leaving the page, or the item by Back, takes no focus away first.
function saveAll() {
  for (const form of document.querySelectorAll("details.edit[open] form[data-save]")) leave(/** @type {HTMLFormElement} */ (form));
}
window.addEventListener("beforeunload", saveAll);
window.addEventListener("pagehide", saveAll);
document.addEventListener("part:leaving", saveAll);
