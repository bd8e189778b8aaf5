// What all drags share: how they begin, and how they end. What is dragged lands where it was released, a drop is no click, and
// Escape cancels.
import Sortable, { AutoScroll } from "sortablejs";

Sortable.mount(new AutoScroll());

const SLOP_PX = 8;
const HOLD_MS = 250;
const REST_MS = 40;

/** Options for SortableJS that all drags share: a mouse has to move a little, a finger to hold; a swipe always scrolls. */
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
  // A press that became no drag has to release the board too.
  onUnchoose: () => document.dispatchEvent(new CustomEvent("board:rest")),
};

/**
 * Note that a drag has begun. The dragged picture captures the mouse, so that the cursor stays the same whatever is below, and
 * nothing below counts as hovered. (A cursor set on the whole page would have to be inherited by every card.)
 * @param {Sortable.SortableEvent} event
 */
export function grasp(event) {
  document.body.classList.add("is-dragging");
  const { originalEvent: pointer } = /** @type {{ originalEvent?: Event }} */ (/** @type {unknown} */ (event));
  const picture = document.querySelector("body > .lift");
  if (pointer instanceof PointerEvent && pointer.pointerType === "mouse") picture?.setPointerCapture(pointer.pointerId);
}

/** Note that the drag is over, and swallow the click that a drop on a link would cause. */
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

/** The kinds of drags: whether one is going on, and what to do just before it is cancelled. @type {{ isHeld: () => boolean, cancel: () => void }[]} */
const hands = [];
/** The type of the pointer that is down, or "": a mouse may be released outside the page, which then gets no event. */
let pressed = "";

/**
 * Register a kind of drag that Escape cancels, as does a system that takes the touch away; it then ends like a drop.
 * @param {() => boolean} isHeld
 * @param {() => void} cancel called just before the drag ends
 */
export function letGoOnEscape(isHeld, cancel) {
  hands.push({ isHeld, cancel });
}

/** Mark the drag that is going on as cancelled, so that it puts everything back when it ends; false if there is none. */
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

/** Whether something is being dragged or pressed. */
const isTaken = () => document.querySelector(".sortable-chosen") !== null;

/** @param {PointerEvent} event */
const isOther = (event) => !event.isPrimary || (pressed !== "" && event.pointerType !== pressed);

// Only one finger or the mouse drags: the events of a second pointer are kept from it.
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
// Dragging must not select text.
document.addEventListener("selectstart", (event) => isTaken() && event.preventDefault());
// A finger that holds a card also presses the link on it, whose context menu would end the drag.
document.addEventListener(
  "contextmenu",
  (event) => {
    if (document.body.matches(".is-dragging") || (pressed === "touch" && isTaken())) event.preventDefault();
  },
  true,
);

// SortableJS starts to scroll only on a move, and handles one move per 30 ms: repeat the last one after the pointer comes to rest.
let rest = 0;
document.addEventListener("pointermove", (event) => {
  window.clearTimeout(rest);
  if (!event.isTrusted || !Sortable.active) return;
  rest = window.setTimeout(() => Sortable.active && document.dispatchEvent(new PointerEvent(event.type, event)), REST_MS);
});

// SortableJS checks only every 50 ms what is under the pointer: check once more on release, for a quick drop.
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
