// Fetches the parts of a page again that say where they come from (data-refresh), unless somebody is busy in them.
import htmx from "htmx.org";

import { get } from "./ask.js";
import { closest, parsed } from "./dom.js";
import { fieldsIn, isChanged, write } from "./fields.js";
import { settled, sinceNow } from "./underway.js";

/**
 * Whether somebody is writing, choosing or carrying something in there, so that it must not change under their hands.
 * @param {Element} part
 */
export function isBusy(part) {
  if (document.body.matches(".is-dragging") || part.querySelector(".is-lifted, .is-editing, details.edit[open]:not(.pick)")) return true;
  if (part.contains(document.activeElement) && document.activeElement instanceof HTMLSelectElement) return true;
  const texts = part.querySelectorAll("textarea, input[type=text], input:not([type])");
  return /** @type {import("./fields.js").Field[]} */ ([...texts]).some(isChanged);
}

/** Which fetch of a part is the latest: an earlier one that comes after it is old. @type {WeakMap<Element, number>} */
const turns = new WeakMap();

/**
 * Fetch a part again; what comes is old where its address has changed meanwhile. False when the server was not able to tell, and when what came was left, since hands were busy there
 * meanwhile or have moved something: it shows how things stood before that.
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
  // The answer to one's own change may have come sooner, and shows more than this one, which was read before it.
  const isOlder = /** @type {any} */ (parsed(/** @type {string} */ (text)).querySelector("[data-version]"))?.dataset.version - /** @type {any} */ (part).dataset.version < 0;
  if (!text || isOlder || !part.isConnected || turns.get(part) !== turn || part.getAttribute("data-refresh") !== url) return true;
  if (isOld() || isBusy(part)) return false;
  await htmx.swap({ text, target: part, swap: "outerMorph", sourceElement: part });
  document.dispatchEvent(new CustomEvent("part:refreshed"));
  return true;
}

/** @param {Element[]} parts @returns {Promise<boolean>} whether none had to be left as it is */
async function refreshThese(parts) {
  const free = parts.filter((part) => !isBusy(part));
  const done = await Promise.all(free.map(refresh));
  return free.length === parts.length && !done.includes(false);
}

/**
 * Fetch again what shows this product; answers whether nothing had to be left as it is.
 * @param {string} key
 */
export function refreshProduct(key) {
  const parts = [...document.querySelectorAll("[data-refresh]")];
  return refreshThese(parts.filter((part) => (part.getAttribute("data-product") ?? "").split(" ").includes(key)));
}

/**
 * Of a part in which somebody writes, draw anew what stands beside the writing: what has a data-aside, known by its id.
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

/** Fetch everything on the page again that can be, for instance after one's own change in a dialog. */
export async function refreshAll() {
  const isOld = sinceNow();
  const parts = [...document.querySelectorAll("[data-refresh]")];
  void Promise.all(parts.filter(isBusy).map(refreshBeside));
  if ((await refreshThese(parts)) || !isOld()) return;
  await settled();
  await refreshAll();
}

/** How many of these are on their way or wait behind one that is. */
let waiting = 0;
/** A request that outlives its page may have so many bytes, and a letter takes up to nine of them. */
const MOST_KEPT_ALIVE = 7000;

/** What the last line made: as long as one stays in its form, the next comes below it. */
let below = "";
document.addEventListener("focusout", (event) => {
  if (!closest(event, "form")?.contains(/** @type {Node | null} */ (event.relatedTarget))) below = "";
});

// A field for one thing after another is empty as soon as that is on its way: the next one is written meanwhile. What is refused or
// does not arrive comes back in front of it; sent again as it was, it is the same command, for it may have arrived after all.
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

// What waits behind another would not be sent any more.
window.addEventListener("beforeunload", (event) => {
  if (waiting > 1) event.preventDefault();
});

// What waited in line while its part was drawn anew is answered there. What is on its way is not written on: the answer takes
// its form away, unless it is one that is sent with each field that is left.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.sent) ctx.request.body.set("below", below);
  if (ctx.target?.isConnected === false) ctx.target = document.getElementById(ctx.target.id) ?? ctx.target;
  const form = ctx.request.method === "POST" && ctx.sourceElement.closest("form:not([data-reset], [hx-trigger])");
  ctx.locked = form ? fieldsIn(form) : [];
  for (const field of ctx.locked) field.readOnly = true;
});

// A form that changes what other parts of the page show says so. What was sent before and arrived then (a replay: its answer was
// lost) is done, so what it did is fetched now.
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
