// Suggests a new product's key from its name while that is typed, until somebody writes a key of their own.
import { closest } from "./dom.js";

/**
 * The beginning of a single word, the initials of several; the server makes it one that nobody has.
 * @param {string} name
 * @returns {string}
 */
function keyOf(name) {
  const bare = name.normalize("NFKD").replace(/[^\p{ASCII}]/gu, "").toUpperCase();
  const words = bare.match(/[A-Z]+/g) ?? [];
  const letters = words.length === 1 ? words[0] : words.map((word) => word[0]).join("");
  return letters.length < 2 ? "" : letters.slice(0, 5);
}

/** What was suggested last; whatever else stands in the field is somebody's own. */
let suggested = "";

document.addEventListener("input", (event) => {
  const name = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-suggests]"));
  const key = /** @type {HTMLInputElement | null | undefined} */ (name?.form?.elements.namedItem(name.dataset.suggests ?? ""));
  if (!name || !key || (key.value && key.value !== suggested)) return;
  key.value = suggested = keyOf(name.value);
});
