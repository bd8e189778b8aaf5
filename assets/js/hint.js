// One short hint at a time for who is new to the board, gone for good once it was put away or done. Remembered in this browser,
// as what hands do differs from device to device, and nothing is lost where it is forgotten.
import { board, closest } from "./dom.js";
import { recall, remember } from "./recall.js";

const line = () => document.getElementById("hint");

/** Whether this person needs the hint no more. @param {Element} hint */
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
// What was in somebody's hand has come to rest: they know how.
document.addEventListener("board:rest", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail) learn(detail);
});
show();
