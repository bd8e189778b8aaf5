// Choosing the place in *Move to…*: another column brings its cards; in a long one, typed words narrow them.
import { announce } from "./announce.js";
import { get } from "./ask.js";
import { closest, parsed } from "./dom.js";

const PAUSE_MS = 200;

let timer = 0;
let asked = 0;

/**
 * Fetch the form for other choices; null if it fails or another was asked for meanwhile.
 * @param {HTMLFormElement | null | undefined} form
 * @param {Record<string, string>} words
 */
async function fetchForm(form, words) {
  const turn = (asked += 1);
  const address = form?.querySelector("[data-choose-column]")?.getAttribute("data-choose-column");
  const answer = address ? await get(`${address}?${new URLSearchParams(words)}`) : null;
  return turn === asked && answer?.ok ? parsed(answer.html) : null;
}

// Another column was chosen: fetch its cards, and the field for a reason if it is full.
document.addEventListener("change", async (event) => {
  const choice = event.target;
  if (!(choice instanceof HTMLSelectElement) || !choice.dataset.chooseColumn) return;
  const page = await fetchForm(choice.form, { column: choice.value });
  const [old, fresh] = [choice.form?.querySelector("[data-place]"), page?.querySelector("[data-place]")];
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
});

// Words were typed: fetch the cards that match, and choose the first of them.
document.addEventListener("input", (event) => {
  const field = closest(event, "[data-find-place]");
  if (!(field instanceof HTMLInputElement)) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(async () => {
    const box = field.closest("[data-place]");
    const form = box?.closest("form");
    const column = /** @type {HTMLSelectElement | null | undefined} */ (form?.querySelector("[data-choose-column]"))?.value ?? "";
    const page = await fetchForm(form, { column, find: field.value });
    const [old, fresh] = [box?.querySelector("#place"), page?.querySelector("#place")];
    if (!(old instanceof HTMLSelectElement) || !(fresh instanceof HTMLSelectElement)) return;
    old.replaceChildren(...document.adoptNode(fresh).children);
    const first = /** @type {HTMLOptionElement | null} */ (field.value.trim() ? old.querySelector('[value^="after:"]') : old.querySelector("[selected]"));
    if (first) first.selected = true;
    announce(old.selectedOptions[0]?.textContent ?? "");
  }, PAUSE_MS);
});

// Enter in the search field does nothing, since typing has already searched.
document.addEventListener("submit", (event) => event.target instanceof Element && event.target.matches("[data-find-form]") && event.preventDefault(), true);
