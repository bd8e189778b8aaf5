// Shows one short hint at a time to people who are new to the board; it is gone for good once it was dismissed or followed. That is
// remembered in this browser, since how people use their hands differs by device, and forgetting it does no harm.
import { board, closest } from "./dom.js";
import { recall, remember } from "./recall.js";

const line = () => document.getElementById("hint");

/** Whether this person no longer needs the hint. @param {Element} hint */
const isKnown = (hint) => recall("hints").includes(hint.getAttribute("data-hint") ?? "");

/** @param {string} name */
function learn(name) {
  remember("hints", name);
  if (line()?.querySelector(`[data-hint="${name}"]:not([hidden])`)) line()?.setAttribute("hidden", "");
}

function show() {
  const next = [...(line()?.querySelectorAll("[data-hint]") ?? [])].find((one) => !isKnown(one));
  if (!next || !board()?.querySelector(".card")) return;
  next.removeAttribute("hidden");
  line()?.removeAttribute("hidden");
}

document.addEventListener("click", (event) => {
  if (closest(event, "[data-hint-close]")) learn(line()?.querySelector("[data-hint]:not([hidden])")?.getAttribute("data-hint") ?? "");
  else if (closest(event, ".col > header summary")) learn("columns");
});
// Somebody has moved a card or column, and so knows how.
document.addEventListener("board:rest", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail) learn(detail);
});
show();
