// The quiet word beside an item's reference: saving, saved, waiting for the server, or lost.
import { announce } from "./announce.js";

const LIFE_MS = 4000;

/** @type {"saving" | "saved" | "waiting" | "lost" | null} */
let state = null;
let timer = 0;

/** Write the word into the page; called again after a swap, since the item may be drawn anew meanwhile. */
function write() {
  const mark = document.getElementById("save-mark");
  if (!mark) return "";
  const text = (state && mark.dataset[state]) || "";
  if (mark.textContent !== text) mark.textContent = text;
  mark.classList.toggle("late", state === "waiting" || state === "lost");
  return text;
}

/** @param {"saving" | "saved" | "waiting" | "lost" | null} now */
export function markSaving(now) {
  state = now;
  window.clearTimeout(timer);
  const text = write();
  if (now === "waiting" || now === "lost") announce(text);
  if (now === "saved") timer = window.setTimeout(() => markSaving(null), LIFE_MS);
}

document.addEventListener("htmx:after:swap", write);
