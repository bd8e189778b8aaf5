// Fetches the parts of a page again that have an address for that (data-refresh), unless somebody is busy in them.
import htmx from "htmx.org";

import { get } from "./ask.js";
import { closest, parsed } from "./dom.js";
import { fieldsIn, isChanged, write } from "./fields.js";
import { settled, sinceNow } from "./underway.js";

/**
 * Whether somebody is writing, choosing or moving something in this part, so that it must not be drawn anew.
 * @param {Element} part
 */
export function isBusy(part) {
  if (document.body.matches(".is-dragging") || part.querySelector(".is-lifted, .is-editing, details.edit[open]:not(.pick)")) return true;
  if (part.contains(document.activeElement) && document.activeElement instanceof HTMLSelectElement) return true;
  const texts = part.querySelectorAll("textarea, input[type=text], input:not([type])");
  return /** @type {import("./fields.js").Field[]} */ ([...texts]).some(isChanged);
}

/** The number of the latest fetch of each part: an earlier one that arrives after it is out of date. @type {WeakMap<Element, number>} */
const turns = new WeakMap();

/**
 * Fetch a part again; the answer is dropped if the part's address has changed meanwhile. False if the server could not answer, or if
 * the answer could not be shown because somebody is busy there or has moved something meanwhile, which the answer does not know of.
 * @param {Element} part
 */
async function refresh(part) {
  const url = part.getAttribute("data-refresh");
  if (!url || !part.isConnected) return true;
  const turn = (turns.get(part) ?? 0) + 1;
  turns.set(part, turn);
  const isOld = sinceNow();
  const answer = await get(url);
  if (!answer || answer.status === 429 || answer.status >= 500) return false;
  const text = answer.ok && answer.html;
  // The answer to the person's own change may have come sooner and show more than this one, which was read before that change.
  const isOlder = /** @type {any} */ (parsed(/** @type {string} */ (text)).querySelector("[data-version]"))?.dataset.version - /** @type {any} */ (part).dataset.version < 0;
  if (!text || isOlder || !part.isConnected || turns.get(part) !== turn || part.getAttribute("data-refresh") !== url) return true;
  if (isOld() || isBusy(part)) return false;
  await htmx.swap({ text, target: part, swap: "outerMorph", sourceElement: part });
  document.dispatchEvent(new CustomEvent("part:refreshed"));
  return true;
}

/** @param {Element[]} parts @returns {Promise<boolean>} whether all of them are up to date now */
async function refreshThese(parts) {
  const free = parts.filter((part) => !isBusy(part));
  const done = await Promise.all(free.map(refresh));
  return free.length === parts.length && !done.includes(false);
}

/**
 * Fetch all parts again that show this product; returns whether all of them are up to date now.
 * @param {string} key
 */
export function refreshProduct(key) {
  const parts = [...document.querySelectorAll("[data-refresh]")];
  return refreshThese(parts.filter((part) => (part.getAttribute("data-product") ?? "").split(" ").includes(key)));
}

/**
 * In a part in which somebody is writing, draw anew only what is beside the writing: the elements with data-aside, matched by id.
 * @param {Element} part
 */
async function refreshBeside(part) {
  const [url, asides] = [part.getAttribute("data-refresh"), [...part.querySelectorAll("[data-aside]")]];
  const answer = url && asides.length ? await get(url) : null;
  const page = parsed(answer?.ok ? answer.html : "");
  for (const aside of asides) {
    const fresh = page.getElementById(aside.id);
    if (!fresh || !aside.isConnected || isBusy(aside)) continue;
    await htmx.swap({ text: fresh.outerHTML, target: aside, swap: "outerMorph", sourceElement: aside });
  }
}

/** Fetch all parts of the page again, for instance after the person's own change in a dialog. */
export async function refreshAll() {
  const isOld = sinceNow();
  const parts = [...document.querySelectorAll("[data-refresh]")];
  void Promise.all(parts.filter(isBusy).map(refreshBeside));
  if ((await refreshThese(parts)) || !isOld()) return;
  await settled();
  await refreshAll();
}

/** How many requests of fields for one thing after another (data-reset, see below) are being sent or waiting. */
let waiting = 0;
/** The most characters for a request that outlives its page: browsers limit its bytes, and an encoded character takes up to nine. */
const MOST_KEPT_ALIVE = 7000;

/** The item that the last line made: as long as the focus stays in the form, the next item goes below it. */
let below = "";
document.addEventListener("focusout", (event) => {
  if (!closest(event, "form")?.contains(/** @type {Node | null} */ (event.relatedTarget))) below = "";
});

// A field for one thing after another (data-reset) is emptied as soon as its text is being sent, so that the next one can be written
// meanwhile. A text that is refused or does not arrive is put back in front of that. Sent again unchanged, it has the same command
// id, since it may have arrived after all.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.sourceElement;
  if (!form.matches("[data-reset]")) return;
  const field = form.querySelector("[id]");
  ctx.sent = [field.id, field.value, form.elements.command.value];
  ctx.request.keepalive = field.value.length < MOST_KEPT_ALIVE;
  waiting += 1;
  write(field, "");
});

// A request that waits behind another would no longer be sent.
window.addEventListener("beforeunload", (event) => {
  if (waiting > 1) event.preventDefault();
});

// If a part was drawn anew while its request waited in line, the answer goes to the new part. The fields of a form that is being sent
// are locked, since the answer replaces the form; not so in forms that are sent whenever a field is left.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.sent) ctx.request.body.set("below", below);
  if (ctx.target?.isConnected === false) ctx.target = document.getElementById(ctx.target.id) ?? ctx.target;
  const form = ctx.request.method === "POST" && ctx.sourceElement.closest("form:not([data-reset], [hx-trigger])");
  ctx.locked = form ? fieldsIn(form) : [];
  for (const field of ctx.locked) field.readOnly = true;
});

// A form with data-refreshes changes what other parts of the page show, so all of them are fetched again. So they are after a replay:
// the command had arrived before and only its answer was lost.
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement: source, response, sent, locked = [] } = /** @type {CustomEvent} */ (event).detail.ctx;
  for (const field of locked) field.readOnly = false;
  if (sent) {
    waiting -= 1;
    below = (source.contains(document.activeElement) && response?.headers.get("X-Kanban-Made")) || below;
  }
  if (!(source instanceof Element)) return;
  const field = sent && /** @type {any} */ (document.getElementById(sent[0]));
  if (field && !response?.raw.ok && !field.value.includes(sent[1])) {
    write(field, `${sent[1]} ${field.value}`.trim());
    if (field.value === sent[1]) field.form.elements.command.value = sent[2];
  }
  const isReplay = source instanceof HTMLFormElement && response?.headers.has("X-Kanban-Replay");
  if (isReplay && !source.matches("[data-reset]")) source.reset();
  if (isReplay || (response?.raw.ok && source.closest("form[data-refreshes]"))) void refreshAll();
});
