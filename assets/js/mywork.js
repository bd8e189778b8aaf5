// My work by key: J and K walk over what the person holds and what waits, Enter opens it, P goes to the first button that pulls.
import { isFree } from "./dom.js";
import { panelItem } from "./panel.js";

const around = () => document.querySelector("[data-my-work]");

/** @param {number} step */
function walk(step) {
  const all = /** @type {HTMLElement[]} */ ([...(around()?.querySelectorAll("[data-walk]") ?? [])]);
  const at = all.findIndex((one) => one === document.activeElement);
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (!around() || !isFree(event) || panelItem()) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else if (key === "p") /** @type {HTMLElement | null} */ (document.querySelector("[data-pull-here]"))?.focus();
  else return;
  event.preventDefault();
});
