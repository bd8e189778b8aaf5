// The score's chip in a row, which says how far sorting by score would move the row; it is updated whenever rows have moved. It never
// moves anything itself.
import { filled } from "./dom.js";

/** @returns {HTMLElement | null} */
const list = () => document.querySelector("[data-backlog]");

/** @param {string} name @param {Record<string, string>} values */
function words(name, values) {
  return filled(document.getElementById("score-words")?.getAttribute(`data-${name}`), values);
}

/** @param {number} climb */
function says(climb) {
  const way = climb > 0 ? "higher" : "lower";
  if (!climb) return words("same", {});
  return words(Math.abs(climb) === 1 ? `${way}-one` : way, { count: String(Math.abs(climb)) });
}

/** @param {Element} chip @param {number} climb */
function write(chip, climb) {
  const told = climb ? `${climb > 0 ? "↑" : "↓"}${Math.abs(climb)}` : "";
  const sign = chip.querySelector(".climb");
  const said = chip.querySelector(".says");
  if (!sign || !said || sign.textContent === told) return;
  sign.textContent = told;
  said.textContent = ` ${says(climb)}`;
  chip.setAttribute("title", words("title", { score: chip.querySelector(".told")?.textContent ?? "", says: says(climb) }));
}

/** Update all chips. Sorting by score puts higher scores first, equal ones in their present order; rows without a score stay. */
function settle() {
  const rows = [...(list()?.querySelectorAll(":scope > [data-item]") ?? [])];
  const scored = rows
    .map((row, place) => ({ place, chip: row.querySelector("[data-score]") }))
    .filter((one) => one.chip !== null)
    .map(({ place, chip }) => ({ place, chip: /** @type {Element} */ (chip), score: Number(chip?.getAttribute("data-score")) }));
  const sorted = scored.toSorted((one, other) => other.score - one.score || one.place - other.place);
  sorted.forEach((one, slot) => write(one.chip, one.place - (scored[slot]?.place ?? one.place)));
}

let waits = 0;
// A row that is being moved passes many places; the chips are updated only when it rests.
const watch = new MutationObserver(() => {
  window.clearTimeout(waits);
  waits = window.setTimeout(settle, 150);
});

function follow() {
  const around = list();
  watch.disconnect();
  if (around) watch.observe(around, { childList: true });
}

document.addEventListener("htmx:after:swap", follow);
follow();
