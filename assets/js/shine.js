// Marks for a moment what changed elsewhere or was refused.
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Give a mark that ends with its animation, or after a while where nothing moves. @param {Element} element @param {string} mark */
export function shine(element, mark) {
  element.classList.add(mark);
  const end = () => element.classList.remove(mark);
  if (!calm.matches) element.addEventListener("animationend", end, { once: true });
  window.setTimeout(end, 1500);
}
