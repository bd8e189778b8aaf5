// Lines of a draft dragged to another place of their section by mouse and finger; Escape puts a line back. The buttons
// beside each line do the same by key and without script.
import Sortable from "sortablejs";

import { grasp, HAND, letGoOnEscape, release } from "./hand.js";


/** The line in hand and what it stood before. @type {{ line: HTMLElement, next: Element | null, around: Element | null } | null} */
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

/** The form's fields lie in the new order; saving it draws the lines anew. */
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
