// Menus are details elements; this closes them when they are left and lets arrow keys walk through them.
import { closest } from "./dom.js";

const OPEN = "details[data-menu][open]";

/** @param {Element | null} [but] */
function closeAll(but = null) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (menu !== but) menu.removeAttribute("open");
  }
}

document.addEventListener("click", (event) => {
  const menu = closest(event, "details[data-menu]");
  closeAll(menu);
  // Choosing something closes the menu, but only after a form inside has been sent.
  if (menu && closest(event, ".menu-items :is(a, button)")) window.setTimeout(() => menu.removeAttribute("open"));
});

document.addEventListener("focusin", (event) => {
  closeAll(closest(event, "details[data-menu]"));
});

document.addEventListener("keydown", (event) => {
  const menu = closest(event, "details[data-menu]");
  if (event.key === "Escape") {
    const open = document.querySelector(OPEN);
    if (!open) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open.removeAttribute("open");
    open.querySelector("summary")?.focus();
    return;
  }
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  menu.setAttribute("open", "");
  const choices = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".menu-items :is(a, button)")]);
  const at = choices.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const step = event.key === "ArrowDown" ? at + 1 : event.key === "ArrowUp" ? at - 1 : event.key === "Home" ? 0 : -1;
  choices.at(step >= choices.length ? 0 : Math.max(step, at < 0 ? step : -1))?.focus();
});
