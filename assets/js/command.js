// Ids of commands: what is sent twice with the same id is carried out once. A form that is changed gets a new id.
import { closest } from "./dom.js";

/**
 * A new id. (randomUUID exists only on pages that were served over TLS or from localhost.)
 * @returns {string}
 */
export function newCommand() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16).padStart(8, "0")).join("");
}

document.addEventListener("input", (event) => {
  const form = closest(event, "form");
  const field = form instanceof HTMLFormElement ? form.elements.namedItem("command") : null;
  if (field instanceof HTMLInputElement && field.type === "hidden" && field !== event.target) field.value = newCommand();
});
