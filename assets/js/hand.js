// How a hand takes hold of what is dragged, and what every drag ends with: it lands where the hand let go, a drop is no
// click, and Escape lets go.
import Sortable, { AutoScroll } from "sortablejs";

Sortable.mount(new AutoScroll());

const SLOP_PX = 8;
const HOLD_MS = 250;
const REST_MS = 40;

/** What all drags share: a mouse has some slop, a finger holds, and a swipe always scrolls. */
export const HAND = {
  forceFallback: true,
  fallbackOnBody: true,
  fallbackTolerance: SLOP_PX,
  delay: HOLD_MS,
  delayOnTouchOnly: true,
  touchStartThreshold: SLOP_PX,
  dragClass: "lift",
  scrollSensitivity: 70,
  scrollSpeed: 14,
  // What was only pressed is free again too.
  onUnchoose: () => document.dispatchEvent(new CustomEvent("board:rest")),
};

/**
 * Something is in hand. Its picture catches the mouse: the cursor holds, whatever lies below, and nothing down there takes itself
 * for what is pointed at. A cursor set for the whole page would be handed down to each card of it.
 * @param {Sortable.SortableEvent} event
 */
export function grasp(event) {
  document.body.classList.add("is-dragging");
  const { originalEvent: pointer } = /** @type {{ originalEvent?: Event }} */ (/** @type {unknown} */ (event));
  const picture = document.querySelector("body > .lift");
  if (pointer instanceof PointerEvent && pointer.pointerType === "mouse") picture?.setPointerCapture(pointer.pointerId);
}

/** Nothing is in hand any more; a drop on a link is no click. */
export function release() {
  document.body.classList.remove("is-dragging");
  /** @param {Event} event */
  const stop = (event) => {
    if (!event.isTrusted) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const through = () => document.removeEventListener("click", stop, { capture: true });
  document.addEventListener("click", stop, { capture: true, once: true });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, through, { capture: true, once: true });
  window.setTimeout(through, 400);
}

/** Who holds something, and what to do just before it is put back. @type {{ isHeld: () => boolean, cancel: () => void }[]} */
const hands = [];
/** The pointer that is down: a mouse may be let go where the page does not hear of it. */
let pressed = "";

/**
 * Escape lets go of what is held, and so does a system that takes the touch away; the drag then ends as with a drop.
 * @param {() => boolean} isHeld
 * @param {() => void} cancel called just before the drag ends
 */
export function letGoOnEscape(isHeld, cancel) {
  hands.push({ isHeld, cancel });
}

/** What is held goes back where it was when its drag ends. */
function cancelHeld() {
  const held = hands.find((hand) => hand.isHeld());
  held?.cancel();
  return held !== undefined;
}

function endDrag() {
  for (const kind of ["pointerup", "mouseup", "touchend"]) document.dispatchEvent(new Event(kind, { bubbles: true }));
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !cancelHeld()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    endDrag();
  },
  true,
);

/** Something is in hand or pressed. */
const isTaken = () => document.querySelector(".sortable-chosen") !== null;

/** @param {PointerEvent} event */
const isOther = (event) => !event.isPrimary || (pressed !== "" && event.pointerType !== pressed);

// One finger holds, or the mouse: what a second one does means nothing to it.
for (const kind of /** @type {const} */ (["pointerdown", "pointermove", "pointerup", "pointercancel"])) {
  window.addEventListener(kind, (event) => isOther(event) && event.isTrusted && isTaken() && event.stopImmediatePropagation(), true);
}
for (const kind of ["pointercancel", "touchcancel"]) document.addEventListener(kind, cancelHeld, true);
document.addEventListener("pointerdown", (event) => (pressed = event.pointerType), true);
document.addEventListener("pointerup", () => (pressed = ""), true);
document.addEventListener(
  "pointermove",
  (event) => {
    if (pressed !== "mouse" || event.pointerType !== "mouse" || event.buttons) return;
    pressed = "";
    if (!isTaken()) return;
    cancelHeld();
    endDrag();
  },
  true,
);
// What is dragged over is not selected.
document.addEventListener("selectstart", (event) => isTaken() && event.preventDefault());
// A finger that holds a card holds the link on it too: the menu of that link would end the drag.
document.addEventListener(
  "contextmenu",
  (event) => {
    if (document.body.matches(".is-dragging") || (pressed === "touch" && isTaken())) event.preventDefault();
  },
  true,
);

// SortableJS begins to scroll only when a hand moves, and looks at one move in 30 ms: it is told once more where a hand came to rest.
let rest = 0;
document.addEventListener("pointermove", (event) => {
  window.clearTimeout(rest);
  if (!event.isTrusted || !Sortable.active) return;
  rest = window.setTimeout(() => Sortable.active && document.dispatchEvent(new PointerEvent(event.type, event)), REST_MS);
});

// SortableJS looks only every 50 ms at what lies under the hand; a quick hand has let go before the last look.
for (const kind of ["pointerup", "mouseup", "touchend"]) {
  document.addEventListener(
    kind,
    (event) => {
      const held = /** @type {{ _emulateDragOver?: () => void } | null} */ (/** @type {unknown} */ (Sortable.active));
      if (event.isTrusted) held?._emulateDragOver?.();
    },
    true,
  );
}
