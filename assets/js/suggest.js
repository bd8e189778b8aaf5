// Suggests a new product's key while its name is typed, until somebody writes a key of their own.
import { closest } from "./dom.js";

/**
 * The beginning of a single word, or the initials of several. Whether it is free is for the server to say.
 * @param {string} name
 * @returns {string}
 */
function keyOf(name) {
  const bare = name.normalize("NFKD").replace(/[^\p{ASCII}]/gu, "").toUpperCase();
  const words = bare.match(/[A-Z]+/g) ?? [];
  const letters = words.length === 1 ? words[0] : words.map((word) => word[0]).join("");
  return letters.length < 2 ? "" : letters.slice(0, 5);
}

/** What was suggested last; any other text in the field was written by a person. */
let suggested = "";

document.addEventListener("input", (event) => {
  const name = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-suggests]"));
  const key = /** @type {HTMLInputElement | null | undefined} */ (name?.form?.elements.namedItem(name.dataset.suggests ?? ""));
  if (!name || !key || (key.value && key.value !== suggested)) return;
  key.value = suggested = keyOf(name.value);
});
