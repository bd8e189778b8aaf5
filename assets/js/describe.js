// Describes a card or row to screen readers when its title gets the focus: only the title can be focused, so its description takes
// in the marks and dates around it.
import { toldOf as rowsToldOf } from "./backlog.js";
import { closest } from "./dom.js";
import { toldOf } from "./lift.js";

const PARTS = ".card :is(.age, .stop, .foot > :not(.avs), .av), .row :is(.marks > *, .when, .given, .age)";
/** Parts whose title attribute says more than their visible text. */
const LONG = ".card .age, .marks :is(.late, .score)";

document.addEventListener("focusin", (event) => {
  const link = closest(event, ":is(.card, .row) .title a");
  const one = /** @type {HTMLElement | null | undefined} */ (link?.closest("[data-item]"));
  if (!link || !one) return;
  const around = /** @type {HTMLElement[]} */ ([...one.querySelectorAll(PARTS)]);
  const told = around.map((part) => part.ariaLabel ?? (part.matches(LONG) ? part.title : part.textContent));
  const picked = one.matches(".is-picked") && /** @type {HTMLElement | null} */ (document.querySelector("[data-picked]"))?.dataset.picked;
  const place = one.matches(".row") ? rowsToldOf("over", [one]) : toldOf("over", one);
  link.ariaDescription = `${place} ${[picked, ...told].filter(Boolean).join(", ")}`.replace(/\s+/g, " ").trim();
});
