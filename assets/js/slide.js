// Shows where an element went by letting it glide from its old place to the new one, unless the system asks for less motion.

const LENGTH_MS = 170;

/**
 * @param {HTMLElement} element
 * @param {() => void} change moves the element to another place of the page
 */
export function slide(element, change) {
  const before = element.getBoundingClientRect();
  change();
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches || !element.isConnected) return;
  const after = element.getBoundingClientRect();
  const way = `translate(${before.left - after.left}px, ${before.top - after.top}px)`;
  element.animate([{ transform: way, zIndex: 5 }, { transform: "none", zIndex: 5 }], { duration: LENGTH_MS, easing: "ease-out" });
}
