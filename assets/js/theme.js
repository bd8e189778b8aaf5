// How the shell looks. A theme shows the moment it is chosen; the server remembers it when the form is saved. Whether the bar of
// pages is narrow is remembered by this browser, in a cookie, so that a page comes as it will stay.
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
