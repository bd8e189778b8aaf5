// The panel beside a lifted row: the promises that its place would break, put at risk or save.
import { dateWords } from "./dates.js";

/** @typedef {import("./dates.js").Pledge} Pledge */
/** @typedef {{ pledge: Pledge, health: string, look: string[] }} Turned */

/**
 * Show it, and answer the same as one sentence to be read out.
 * @param {{ ref: string, from: number, to: number, own: string[], turned: Turned[], hasPledges: boolean }} what
 * @returns {string}
 */
export function showRipple({ ref, from, to, own: days, turned, hasPledges }) {
  const panel = document.querySelector("[data-ripple]");
  if (!panel || !days[1]) return "";
  const title = document.createElement("h2");
  title.textContent = dateWords("moving", { ref, from: String(from + 1), to: String(to + 1) });
  const own = dateWords("own", { day: days[1], was: days[0] ?? "" });
  const about = document.createElement("small");
  about.textContent = own;
  const lines = document.createElement("ul");
  lines.append(...turned.map(line));
  if (!turned.length && hasPledges) lines.append(quiet(dateWords("none")));
  panel.replaceChildren(title, about, lines);
  panel.removeAttribute("hidden");
  const told = turned.map(({ pledge, health }) => `${pledge.name}, ${dateWords("promised", { day: pledge.day })}: ${dateWords(health)}.`);
  return [own, ...told].join(" ");
}

/** @param {Turned} turned */
function line({ pledge, health, look }) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = pledge.name;
  const verdict = document.createElement("span");
  verdict.className = `d ${look[0]}`;
  verdict.textContent = dateWords(health);
  const day = document.createElement("small");
  day.textContent = dateWords("promised", { day: pledge.day });
  item.append(name, verdict, day);
  return item;
}

/** @param {string} text */
function quiet(text) {
  const item = document.createElement("li");
  const words = document.createElement("small");
  words.textContent = text;
  item.append(words);
  return item;
}
