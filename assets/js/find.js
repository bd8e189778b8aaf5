// The filter field of a board or backlog, by key: Escape empties it, or leaves it if it is empty; the down arrow goes to what was
// found.
import { closest } from "./dom.js";

document.addEventListener(
  "keydown",
  (event) => {
    const field = closest(event, "[data-filter], [data-filters] [type=search]");
    if (!(field instanceof HTMLInputElement)) return;
    if (event.key === "Escape" && field.value) {
      event.stopImmediatePropagation();
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (event.key === "ArrowDown") {
      const main = document.getElementById("main");
      main?.focus();
      main?.dispatchEvent(new KeyboardEvent("keydown", event));
    }
  },
  true,
);
