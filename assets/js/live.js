// Follows other people's changes: hears of them from the shared stream and fetches what this page shows of them.
import { board, catchUp, shownVersion } from "./changes.js";
import { isDragging } from "./drag.js";
import { isLifted } from "./lift.js";
import { isSending } from "./moves.js";
import { refreshProduct } from "./refresh.js";
import { Stream } from "./stream.js";

const WHOLE = ["reset", "column_added", "column_changed", "column_removed", "columns_ordered"];
const RETRY_MS = 1500;
const POLL_MS = 8000;

/** @typedef {{ product: string, from: number, to: number, items: string[], kinds: string[] }} Change */

/** Changes that wait until hands are free, by product. @type {Map<string, Change>} */
const waiting = new Map();
let live = false;
let ended = false;

/** @param {boolean} on */
function mark(on) {
  live = on;
  for (const sign of document.querySelectorAll("[data-live]")) {
    sign.setAttribute("data-live", on ? "on" : "off");
    const text = sign.querySelector("[data-live-text]");
    if (text instanceof HTMLElement && text.dataset.on) text.textContent = (on ? text.dataset.on : text.dataset.off) ?? "";
  }
}

/** @param {any} message */
function hear(message) {
  if ("live" in message) mark(message.live);
  if (message.ended && !ended) {
    ended = true;
    location.reload();
  }
  if (message.change) take(message.change);
}

/** @param {Change} change */
function take(change) {
  const before = waiting.get(change.product);
  waiting.set(
    change.product,
    before
      ? { ...change, from: before.from, items: [...new Set([...before.items, ...change.items])], kinds: [...before.kinds, ...change.kinds] }
      : change,
  );
  window.setTimeout(() => void work(), Math.random() * 80);
}

let working = false;

async function work() {
  if (working || isDragging() || isLifted() || isSending() || document.hidden) {
    if (isSending()) window.setTimeout(() => void work(), 200);
    return;
  }
  working = true;
  try {
    for (const [key, change] of [...waiting]) {
      waiting.delete(key);
      const screen = board();
      if (screen && screen.dataset.product === key && change.to > shownVersion()) {
        await catchUp({ whole: change.kinds.some((kind) => WHOLE.includes(kind)) });
      }
      if (!(await refreshProduct(key))) {
        waiting.set(key, change);
        window.setTimeout(() => void work(), RETRY_MS);
      }
    }
  } catch {
    window.setTimeout(() => void poll(), RETRY_MS);
  } finally {
    working = false;
  }
}

/** Without a stream: ask now and then. */
async function poll() {
  if (live || ended || document.hidden || isDragging() || isLifted()) return;
  try {
    if (board()) await catchUp({});
  } catch {
    // still away
  }
}

function start() {
  /** @type {Map<string, number>} */
  const shown = new Map();
  for (const part of document.querySelectorAll("[data-product]")) {
    for (const key of (part.getAttribute("data-product") ?? "").split(" ").filter(Boolean)) {
      shown.set(key, Number(part.getAttribute("data-version")) || shown.get(key) || 0);
    }
  }
  if (!shown.size) return;
  const url = document.querySelector('meta[name="live-worker"]')?.getAttribute("content");
  if (typeof SharedWorker === "undefined" || !url) {
    const stream = new Stream(hear);
    for (const [key, version] of shown) stream.watch(key, version || Number.NaN);
  } else {
    const owner = document.querySelector('meta[name="live-worker"]')?.getAttribute("data-owner") ?? "";
    const worker = new SharedWorker(url, { type: "module", name: `kanban-live-${owner}` });
    worker.port.onmessage = ({ data }) => hear(data);
    for (const [key, version] of shown) worker.port.postMessage({ watch: key, version: version || Number.NaN });
    window.addEventListener("pagehide", () => worker.port.postMessage({ leave: true }));
  }
  window.setInterval(() => void poll(), POLL_MS);
}

document.addEventListener("board:rest", () => void work());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void work().then(() => (board() ? catchUp({}) : undefined));
});
start();
