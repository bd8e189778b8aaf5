// Columns folded to a strip, remembered here for this person and product; a strip still takes what is dropped on it.
import { board, closest, isFree } from "./dom.js";

/** Where it is remembered. */
function place() {
  const owner = document.querySelector('meta[name="live-worker"]')?.getAttribute("data-owner") ?? "";
  return `kanban.folded.${owner}.${board()?.dataset.product ?? ""}`;
}

/** @returns {string[]} the ids of the columns that are folded */
function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(place()) ?? "[]");
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

/** @param {Element} column @param {boolean} folded */
function show(column, folded) {
  column.classList.toggle("is-folded", folded);
  const button = column.querySelector("[data-fold]");
  if (!(button instanceof HTMLElement)) return;
  button.setAttribute("aria-expanded", String(!folded));
  button.title = (folded ? button.dataset.open : button.dataset.fold) ?? "";
  button.setAttribute("aria-label", button.title);
}

/** Fold a column, or open it. @param {Element} column */
function toggle(column) {
  const folded = !column.classList.contains("is-folded");
  const id = column.getAttribute("data-column-box") ?? "";
  const others = remembered().filter((one) => one !== id);
  try {
    localStorage.setItem(place(), JSON.stringify(folded ? [...others, id] : others));
  } catch {
    // Not remembered then.
  }
  show(column, folded);
  document.dispatchEvent(new CustomEvent("board:folded"));
  const button = column.querySelector("[data-fold]");
  if (button instanceof HTMLElement) button.focus();
}

function attach() {
  const folded = remembered();
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
