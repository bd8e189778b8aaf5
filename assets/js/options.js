// Draws the options of the command bar, and marks the chosen one in the list and for the field.
import { make } from "./dom.js";

/** @typedef {import("./choices.js").Choice} Choice */

const list = document.getElementById("palette-list");

/**
 * @param {Choice[]} choices
 * @param {string} head what they are about, if anything
 * @param {string} [sentence] what to say below them
 */
export function draw(choices, head, sentence) {
  list?.replaceChildren(...(head ? [line("head", head)] : []), ...choices.map(option), ...(sentence ? [line("none", sentence)] : []));
}

/** @param {HTMLInputElement} input @param {number} at */
export function mark(input, at) {
  const options = [...(list?.querySelectorAll("[role=option]") ?? [])];
  options.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
  if (options.length) input.setAttribute("aria-activedescendant", `choice-${at}`);
  else input.removeAttribute("aria-activedescendant");
  options[at]?.scrollIntoView({ block: "nearest" });
}

/** @param {string} className @param {string} textContent */
const line = (className, textContent) => make("li", { role: "presentation", className, textContent });

/** @param {Choice} choice @param {number} index */
function option(choice, index) {
  const row = make("li", { id: `choice-${index}`, role: "option" });
  const link = make("a");
  link.dataset.choice = String(index);
  const parts = /** @type {[string, string][]} */ ([["ref", choice.ref], ["text", choice.text], ["kind", choice.kind]]);
  if (choice.node) link.append(...choice.node.cloneNode(true).childNodes);
  else link.append(...parts.filter(([, text]) => text).map(([className, textContent]) => make("span", { className, textContent, dir: "auto" })));
  row.append(link);
  return row;
}
