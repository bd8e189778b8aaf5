// Ranking the backlog by mouse and finger: drag a row to its place; Escape puts it back.
import Sortable from "sortablejs";

import { list, ranked, renumber, rows, sendPlace } from "./backlog.js";
import { below, passOver, takeUp } from "./dates.js";
import { letGoOnEscape, swallowClick } from "./hand.js";

const SLOP_PX = 8;
const HOLD_MS = 250;
const FEW = 200;

/** The row below the one in hand when it was taken up. @type {{ next: Element | null } | null} */
let origin = null;
let cancelled = false;

function attach() {
  const around = list();
  if (!around || !ranked() || Sortable.get(around)) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  Sortable.create(around, {
    draggable: "[data-item]",
    filter: ".move",
    preventOnFilter: false,
    animation: rows().length <= FEW && !calm ? 120 : 0,
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: SLOP_PX,
    delay: HOLD_MS,
    delayOnTouchOnly: true,
    touchStartThreshold: SLOP_PX,
    ghostClass: "is-ghost",
    dragClass: "lift",
    scrollSensitivity: 70,
    scrollSpeed: 14,
    bubbleScroll: true,
    onStart: ({ item }) => {
      origin = { next: below(item) };
      takeUp(item);
      cancelled = false;
      document.body.classList.add("is-dragging");
    },
    onChange: ({ item }) => void passOver(item),
    onEnd: ({ item }) => end(item),
  });
}

/** @param {HTMLElement} row */
function end(row) {
  const from = origin;
  origin = null;
  document.body.classList.remove("is-dragging");
  swallowClick();
  if (!from) return;
  const putBack = () => row.parentElement?.insertBefore(row, from.next?.isConnected ? from.next : null);
  if (cancelled) putBack();
  renumber();
  if (below(row) !== from.next) void sendPlace(row, putBack);
}

letGoOnEscape(() => origin !== null, () => {
  cancelled = true;
});

document.addEventListener("htmx:after:swap", attach);
attach();
