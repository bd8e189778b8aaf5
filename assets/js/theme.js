// How the shell looks. A theme is shown as soon as it is chosen; the server stores it when the form is saved. Whether the bar of pages
// is narrow is kept in a cookie of this browser, so that the server can draw the page right from the start.
import { closest } from "./dom.js";

const root = document.documentElement;

document.addEventListener("change", (event) => {
  const choice = /** @type {HTMLInputElement | null} */ (closest(event, "[data-theme-choice]"));
  if (!choice) return;
  if (choice.value === "light" || choice.value === "dark") root.dataset.theme = choice.value;
  else delete root.dataset.theme;
});

document.addEventListener("click", (event) => {
  if (closest(event, "[data-narrows]")) document.cookie = `narrow=1; path=/; samesite=lax; max-age=${root.toggleAttribute("data-narrow") ? 3e7 : 0}`;
});
