// Ranking the backlog by mouse and finger: drag a row, or all picked ones, to another place; Escape puts them back.
import Sortable from "sortablejs";

import { list, ranked, renumber, rows, sendPlace } from "./backlog.js";
import { gather, standing } from "./block.js";
import { grasp, HAND, letGoOnEscape, release } from "./hand.js";
import { passOver, takeUp } from "./hold.js";
import { blockOf } from "./pick.js";

const FEW = 200;
/** Up to this width, a row takes two lines; the same as in row.css. */
const NARROW_PX = 820;

/** The rows that are being dragged, and where they were before. @type {{ block: HTMLElement[], from: ReturnType<typeof standing> } | null} */
let origin = null;
let cancelled = false;

function attach() {
  const around = list();
  // Readers who may not rank can still pick rows by finger, which needs the same library.
  const mayPick = around?.hasAttribute("data-picks") && window.matchMedia("(pointer: coarse)").matches;
  if (!around || !(ranked() || mayPick) || Sortable.get(around)) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  Sortable.create(around, {
    draggable: "[data-item]",
    filter: ".move, form",
    preventOnFilter: false,
    animation: rows().length <= FEW && !calm ? 120 : 0,
    ...HAND,
    fallbackTolerance: ranked() ? HAND.fallbackTolerance : Infinity,
    ghostClass: "is-ghost",
    bubbleScroll: true,
    onStart: (event) => {
      const { item } = event;
      const block = blockOf(item);
      origin = { block, from: standing(block) };
      takeUp(block, item);
      bundle(block, item);
      cancelled = false;
      grasp(event);
    },
    onChange: ({ item }) => {
      if (!origin) return;
      gather(origin.block, item);
      passOver(origin.block);
    },
    onEnd: ({ item }) => end(item),
  });
}

/**
 * Hide the other rows of a block behind the dragged one, which shows how many they are. The dragged picture is outside the list, so
 * it has to be told whether the list is narrow.
 * @param {HTMLElement[]} block
 * @param {HTMLElement} lead
 */
function bundle(block, lead) {
  for (const row of block) row.classList.toggle("is-mate", row !== lead);
  const copy = document.querySelector("body > .lift[data-item]");
  if (!(copy instanceof HTMLElement)) return;
  copy.classList.toggle("is-narrow", lead.offsetWidth <= NARROW_PX);
  if (block.length > 1) copy.dataset.count = String(block.length);
}

/** @param {HTMLElement} row */
function end(row) {
  const held = origin;
  origin = null;
  release();
  if (!held) return;
  const { block, from } = held;
  for (const one of block) one.classList.remove("is-mate");
  gather(block, row);
  const moved = !cancelled && !from.isSame();
  if (cancelled) from.putBack();
  renumber();
  if (moved) void sendPlace(block, from.putBack);
}

letGoOnEscape(() => origin !== null, () => {
  cancelled = true;
});

document.addEventListener("htmx:after:swap", attach);
attach();
