// Follows other people's changes: the shared stream tells of them, and this fetches what the page shows of them.
import { catchUp, drawnVersion, shownVersion } from "./changes.js";
import { board, isHeld } from "./dom.js";
import { isDragging } from "./drag.js";
import { isLifted } from "./lift.js";
import { redraw } from "./redraw.js";
import { refreshProduct } from "./refresh.js";
import { Stream } from "./stream.js";
import { isSending } from "./underway.js";

/** @typedef {import("./stream.js").Change} Change */

const OF_COLUMNS = ["column_added", "column_changed", "column_removed", "columns_ordered"];
/** The promise of a milestone is shown on all its cards, without naming them. */
const OF_PROMISES = ["promised", "promise_changed", "promise_withdrawn", "promise_undone"];
const WHOLE = ["reset", ...OF_COLUMNS, ...OF_PROMISES, "label_renamed", "label_merged", "label_removed"];
const JITTER_MS = 120;
const RETRY_MS = 1500;
const POLL_MS = 8000;

/** Changes that wait until nothing is being moved or written, by product. @type {Map<string, Change>} */
const waiting = new Map();
let live = false;
let working = false;
/** Whether a change was announced while an earlier one was being fetched. */
let heard = false;

/** @param {boolean} on */
function mark(on) {
  live = on;
  for (const sign of document.querySelectorAll("[data-live]")) {
    sign.setAttribute("data-live", on ? "on" : "off");
    const text = sign.querySelector("[data-live-text]");
    if (text instanceof HTMLElement) text.textContent = (on ? text.dataset.on : text.dataset.off) ?? "";
  }
}

/** @param {import("./stream.js").Told} told */
function hear({ live: on, lost, change }) {
  if (on !== undefined) mark(on);
  if (on) window.dispatchEvent(new Event("online"));
  if (lost && shownProducts().has(lost)) location.reload();
  if (change && shownProducts().has(change.product)) take(change);
}

/** @param {Change} change */
function take(change) {
  document.dispatchEvent(new CustomEvent("live:heard"));
  keep(change);
  soon(Math.random() * JITTER_MS);
}

/** Let a change wait, merged with what already waits for this product, whether that is older or newer. @param {Change} change */
function keep(change) {
  const other = waiting.get(change.product);
  const kinds = [...new Set([...(other?.kinds ?? []), ...change.kinds])];
  waiting.set(change.product, { ...change, kinds, to: Math.max(other?.to ?? 0, change.to) });
}

/** @param {number} pause_ms */
const soon = (pause_ms) => void window.setTimeout(() => void work(), pause_ms);

/** Whether a change would disturb somebody who is moving something or writing. */
const isBusy = () => isDragging() || isLifted() || isSending() || isHeld();

async function work() {
  if (working) heard = true;
  if (working || document.hidden || !waiting.size) return;
  if (isBusy()) return soon(RETRY_MS / 5);
  working = true;
  try {
    for (const [key, change] of [...waiting]) {
      waiting.delete(key);
      if (await follow(key, change).catch(() => false)) continue;
      keep(change);
      soon(RETRY_MS);
    }
  } finally {
    working = false;
    if (heard) soon(0);
    heard = false;
  }
}

/**
 * Fetch what this page shows of a change. False if not all of it could be shown: because somebody is busy in a part, because the
 * server was away, or because an item is being fetched into the panel, perhaps as it was before the change.
 * @param {string} key
 * @param {Change} change
 */
async function follow(key, change) {
  const isWhole = change.kinds.some((kind) => WHOLE.includes(kind));
  const isBehind = () => board()?.dataset.product === key && change.to > (isWhole ? drawnVersion() : shownVersion());
  const isComing = document.querySelector("#panel.htmx-request");
  if (isBehind()) await (isWhole ? redraw() : catchUp({}));
  return (await refreshProduct(key)) && !isBehind() && !isComing;
}

/** Ask for changes now and then while there is no stream. */
async function poll() {
  if (live || document.hidden || isBusy() || !board()) return;
  await catchUp({});
}

/**
 * The products that this page shows, each with the version that is shown. A part about several products lists keys and versions in
 * the same order. Without a version (0), changes that happen before the stream is connected are missed.
 */
function shownProducts() {
  /** @type {Map<string, number>} */
  const shown = new Map();
  for (const part of document.querySelectorAll("[data-product]")) {
    const versions = (part.getAttribute("data-version") ?? "").split(" ");
    const keys = (part.getAttribute("data-product") ?? "").split(" ").filter(Boolean);
    keys.forEach((key, at) => shown.set(key, Number(versions[at]) || shown.get(key) || 0));
  }
  return shown;
}

function start() {
  const shown = shownProducts();
  const meta = document.querySelector('meta[name="live-worker"]');
  const url = meta?.getAttribute("content");
  if (!shown.size || !url) return;
  if (typeof SharedWorker === "undefined") {
    const stream = new Stream(hear);
    for (const [key, version] of shown) stream.watch(key, version);
    return;
  }
  const worker = new SharedWorker(url, { type: "module", name: `kanban-live-${meta?.getAttribute("data-owner")}` });
  worker.port.onmessage = ({ data }) => hear(data);
  const join = () => {
    for (const [key, version] of shownProducts()) worker.port.postMessage({ watch: key, version });
  };
  join();
  window.addEventListener("pagehide", () => worker.port.postMessage({ leave: true }));
  window.addEventListener("pageshow", (event) => event.persisted && join());
}

document.addEventListener("board:rest", () => soon(0));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void work().then(() => (live ? undefined : poll()));
});
window.addEventListener("offline", () => mark(false));
window.setInterval(() => void poll(), POLL_MS);
start();
