// Dragging the lines of an update's draft to another place in their section, by mouse or finger; Escape puts a line back. The
// buttons beside each line do the same by key and without script.
import Sortable from "sortablejs";

import { grasp, HAND, letGoOnEscape, release } from "./hand.js";


/** The line that is being dragged, the one that it stood before, and its parent. @type {{ line: HTMLElement, next: Element | null, around: Element | null } | null} */
let held = null;
let cancelled = false;

function attach() {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const list of document.querySelectorAll("form[data-draft] .lines")) {
    if (!(list instanceof HTMLElement) || Sortable.get(list)) continue;
    Sortable.create(list, {
      draggable: ".line:not(.is-new)",
      handle: ".hold",
      animation: calm ? 0 : 120,
      ...HAND,
      ghostClass: "is-ghost",
      onStart: (event) => {
        const { item } = event;
        held = { line: item, next: item.nextElementSibling, around: item.parentElement };
        cancelled = false;
        grasp(event);
      },
      onEnd: end,
    });
  }
}

/** Save if the line has moved: the form's fields are in the new order already, and the answer draws the lines anew. */
function end() {
  const was = held;
  held = null;
  release();
  if (!was) return;
  const next = was.next === was.line ? null : was.next;
  if (cancelled) was.around?.insertBefore(was.line, next);
  else if (was.line.nextElementSibling !== next) save();
}

function save() {
  const button = document.querySelector("button[data-save]");
  if (button instanceof HTMLElement) window.setTimeout(() => button.click(), 80);
}

letGoOnEscape(() => held !== null, () => {
  cancelled = true;
});

document.addEventListener("htmx:after:swap", attach);
attach();
