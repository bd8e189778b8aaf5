// Speaks to screen readers through the page's one status region.

/**
 * Say a sentence; saying the same one twice is heard twice.
 * @param {string} sentence
 */
export function announce(sentence) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  window.setTimeout(() => {
    region.textContent = sentence;
  }, 50);
}
