// Folds columns to a strip, remembered in this browser by product; cards can still be dropped on a strip.
import { board, closest, isFree } from "./dom.js";
import { recall, remember } from "./recall.js";

/** The name under which the ids of the folded columns are remembered. */
const about = () => `folded.${board()?.dataset.product ?? ""}`;

/** @param {Element} column @param {boolean} folded */
function show(column, folded) {
  column.classList.toggle("is-folded", folded);
  const button = column.querySelector("[data-fold]");
  if (!(button instanceof HTMLElement)) return;
  button.setAttribute("aria-expanded", String(!folded));
  button.title = (folded ? button.dataset.open : button.dataset.fold) ?? "";
  button.setAttribute("aria-label", button.title);
}

/** The element that had the focus when a column was folded. @type {Element | null} */
let left = null;

/** Fold a column, or open it. @param {Element} column */
function toggle(column) {
  const folded = !column.classList.contains("is-folded");
  remember(about(), column.getAttribute("data-column-box") ?? "", folded);
  show(column, folded);
  document.dispatchEvent(new CustomEvent("board:folded"));
  const next = folded || !column.contains(left) ? column.querySelector("[data-fold]") : left;
  left = document.activeElement;
  if (next instanceof HTMLElement) next.focus();
}

function attach() {
  const folded = recall(about());
  for (const column of board()?.querySelectorAll("[data-column-box]") ?? []) {
    show(column, folded.includes(column.getAttribute("data-column-box") ?? ""));
  }
  document.dispatchEvent(new CustomEvent("board:folded"));
}

document.addEventListener("click", (event) => {
  const column = closest(event, "[data-fold]")?.closest(".col") ?? closest(event, ".col.is-folded");
  if (column) toggle(column);
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "h" || !isFree(event)) return;
  const nowhere = event.target === document.body || closest(event, "#main") === event.target;
  const column = closest(event, ".board .col") ?? (nowhere ? document.querySelector(".board .col:hover") : null);
  if (!column) return;
  event.preventDefault();
  toggle(column);
});
document.addEventListener("board:replaced", attach);
attach();
