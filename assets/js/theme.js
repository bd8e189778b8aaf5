// Shows a theme the moment it is chosen; the server remembers it when the form is saved.
import { closest } from "./dom.js";

document.addEventListener("change", (event) => {
  const choice = /** @type {HTMLInputElement | null} */ (closest(event, "[data-theme-choice]"));
  if (!choice) return;
  const root = document.documentElement;
  if (choice.value === "light" || choice.value === "dark") root.dataset.theme = choice.value;
  else delete root.dataset.theme;
});
