// The inbox by key: J and K walk the notifications, Enter opens the focused one (its button does that), E marks it as read.
import { isFree } from "./dom.js";
import { refreshAll } from "./refresh.js";
import { stepped } from "./unfold.js";

/** Notifications are made from the log a moment after the change itself, so the inbox is fetched again after these pauses. */
const AFTER_MS = [3000, 9000];
/** @type {number[]} */
let after = [];
let isAgain = false;

document.addEventListener("part:refreshed", () => {
  if (isAgain || !document.querySelector("#inbox")) return;
  for (const timer of after) window.clearTimeout(timer);
  after = AFTER_MS.map((pause) => window.setTimeout(() => void again(), pause));
});

async function again() {
  isAgain = true;
  await refreshAll().catch(() => undefined);
  isAgain = false;
}

document.addEventListener("keydown", (event) => {
  const list = document.querySelector("[data-inbox]");
  if (!list || !isFree(event)) return;
  const key = event.key.toLowerCase();
  if (key !== "j" && key !== "k" && key !== "e") return;
  const rows = [...list.querySelectorAll("[data-notification]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  if (key === "e") {
    /** @type {HTMLElement | null | undefined} */ (rows[at]?.querySelector("[data-mark-read]"))?.click();
  } else {
    /** @type {HTMLElement | null | undefined} */ (stepped(rows, at, key)?.querySelector(".note-open button"))?.focus();
  }
  event.preventDefault();
});
