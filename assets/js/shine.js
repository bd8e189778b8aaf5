// Highlights for a moment what somebody else changed, or what was refused.
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Add a class that is removed when its animation ends, or after a while if the system asks for less motion. @param {Element} element @param {string} mark */
export function shine(element, mark) {
  element.classList.add(mark);
  const end = () => element.classList.remove(mark);
  if (!calm.matches) element.addEventListener("animationend", end, { once: true });
  window.setTimeout(end, 1500);
}
