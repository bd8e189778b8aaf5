// Keeps the counts in the rail up to date on a screen that stays open: fetches them again, not too often, after a change.
import { get } from "./ask.js";
import { parsed } from "./dom.js";

const PAUSE_MS = 1000;
/** Notifications are made from the log a moment after the change itself, so the counts are fetched again after these pauses. */
const AFTER_MS = [3000, 9000];

let waiting = false;
/** @type {number[]} */
let after = [];

function soon() {
  if (waiting) return;
  waiting = true;
  window.setTimeout(() => {
    waiting = false;
    void renew();
    for (const timer of after) window.clearTimeout(timer);
    after = AFTER_MS.map((pause) => window.setTimeout(() => void renew(), pause));
  }, PAUSE_MS);
}

async function renew() {
  const rail = document.querySelector("[data-counts]");
  if (!(rail instanceof HTMLElement) || document.hidden) return;
  const answer = await get(rail.dataset.counts ?? "");
  if (!answer?.ok) return;
  const fresh = parsed(answer.html);
  for (const page of fresh.querySelectorAll("a[href]")) {
    for (const link of rail.querySelectorAll(`a[href="${CSS.escape(page.getAttribute("href") ?? "")}"]`)) show(link, page);
  }
}

/** @param {Element} link @param {Element} page */
function show(link, page) {
  const [was, is] = [link.querySelector(".n"), page.querySelector(".n")];
  if (was?.outerHTML === is?.outerHTML) return;
  was?.remove();
  if (is) link.append(is.cloneNode(true));
}

document.addEventListener("board:changed", soon);
document.addEventListener("visibilitychange", soon);
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.sourceElement instanceof HTMLFormElement) soon();
});
document.addEventListener("live:heard", soon);
