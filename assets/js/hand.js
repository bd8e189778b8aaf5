// How a hand takes hold of what is dragged, and what every drag ends with: it lands where the hand let go, a drop is no
// click, and Escape lets go.
import Sortable from "sortablejs";

const SLOP_PX = 8;
const HOLD_MS = 250;

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
};

/** A drop on a link is no click. */
export function swallowClick() {
  /** @param {Event} event */
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  window.setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 60);
}

/**
 * Escape lets go of what is held; the drag then ends as with a drop.
 * @param {() => boolean} isHeld
 * @param {() => void} cancel called just before the drag ends
 */
export function letGoOnEscape(isHeld, cancel) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !isHeld()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      cancel();
      for (const kind of ["pointerup", "mouseup", "touchend"]) document.dispatchEvent(new Event(kind, { bubbles: true }));
    },
    true,
  );
}

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
