// Finding rows of the backlog by their words, and counting the lines of many new ones.
import { rows } from "./backlog.js";
import { closest } from "./dom.js";

document.addEventListener("input", (event) => {
  const field = closest(event, "input[data-filter]");
  if (field instanceof HTMLInputElement) filter(field);
});

/** Hide the rows in which a word does not stand; hidden ones keep their place. @param {HTMLInputElement} field */
function filter(field) {
  const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows()) {
    const content = (row.textContent ?? "").toLocaleLowerCase();
    row.hidden = !words.every((word) => content.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const count = field.parentElement?.querySelector("[data-filter-count]");
  const told = shown ? `${shown} / ${rows().length}` : (field.dataset.none ?? "");
  if (count) count.textContent = words.length ? told : "";
}

// Escape empties the field first, and leaves it when it is empty.
document.addEventListener(
  "keydown",
  (event) => {
    const field = closest(event, "input[data-filter]");
    if (event.key !== "Escape" || !(field instanceof HTMLInputElement) || !field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.value = "";
    filter(field);
  },
  true,
);

// A list that was fetched anew is filtered as before.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const field = document.querySelector("input[data-filter]");
  if (ctx?.target?.id === "backlog" && field instanceof HTMLInputElement && field.value) filter(field);
});

// Many at once: how many the lines would make.
document.addEventListener("input", (event) => {
  const area = closest(event, "textarea[data-lines]");
  const told = area instanceof HTMLTextAreaElement ? document.querySelector(area.dataset.lines ?? "") : null;
  if (!(area instanceof HTMLTextAreaElement) || !(told instanceof HTMLElement)) return;
  const count = area.value.split("\n").filter((line) => line.trim()).length;
  const { none, one, some, most, tooMany } = told.dataset;
  const words = count === 0 ? none : count === 1 ? one : count > Number(most) ? tooMany : some;
  told.textContent = (words ?? "").replace("{count}", String(count));
});

