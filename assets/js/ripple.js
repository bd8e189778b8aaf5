// The panel beside a lifted row: the promises that its place would break, put at risk or save.
import { write } from "./dates.js";
import { make } from "./dom.js";
import { dateWords } from "./pledges.js";

/** @typedef {import("./pledges.js").Pledge} Pledge */
/** @typedef {{ pledge: Pledge, health: string, look: string[], turn: "broken" | "risked" | "saved" | "eased" }} Turned */

/**
 * Show the panel, and return the same in sentences to be announced.
 * @param {{ ref: string, from: number, to: number, own: string[], turned: Turned[], hasPledges: boolean }} what
 * @returns {string}
 */
export function showRipple({ ref, from, to, own: days, turned, hasPledges }) {
  const panel = document.getElementById("ripple");
  if (!panel || !days[1]) return "";
  const own = ownWords(days[0] ?? "", days[1]);
  if (!panel.firstElementChild) panel.append(make("h2"), make("small"), make("ul"));
  const [title, about, lines] = panel.children;
  write(title, dateWords("moving", { ref, from: String(from + 1), to: String(to + 1) }));
  write(about, own);
  const key = turned.map(({ pledge, health }) => `${pledge.number} ${health}`).join();
  if (panel.getAttribute("data-ripple") !== `=${key}`) {
    panel.setAttribute("data-ripple", `=${key}`);
    lines?.replaceChildren(...(turned.length || !hasPledges ? turned.map(line) : [quiet(dateWords("none"))]));
  }
  panel.removeAttribute("hidden");
  panel.parentElement?.classList.add("has-ripple");
  const told = turned.map(({ pledge, health, turn }) => {
    const promised = dateWords("promised", { day: pledge.day });
    return `${pledge.name}, ${promised}: ${dateWords(turn)}. ${dateWords(health)}.`;
  });
  return [own, ...told].join(" ");
}

/** A sentence about what the new place means for the row's own 85 % date. @param {string} was @param {string} day */
function ownWords(was, day) {
  const later = dateWords("later");
  if (day === later) return dateWords(was === later ? "own_still" : "own_later", { was });
  return dateWords(was === later ? "own_nearer" : "own", { day, was });
}

/** @param {Turned} turned */
function line({ pledge, health, look, turn }) {
  const item = make("li");
  item.append(
    make("span", { textContent: pledge.name }),
    make("span", { className: `d ${look[0]}`, textContent: dateWords(turn) }),
    make("small", { textContent: `${dateWords(health)}, ${dateWords("promised", { day: pledge.day })}` }),
  );
  return item;
}

/** @param {string} textContent */
function quiet(textContent) {
  const item = make("li");
  item.append(make("small", { textContent }));
  return item;
}
