// Announces sentences to screen readers through the page's one status region.

/**
 * Announce a sentence. The region is emptied first, so that the same sentence is heard again.
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
