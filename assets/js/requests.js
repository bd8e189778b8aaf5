// The owner's requests by key: J and K walk and open; A, L, D and X are the buttons of the open one (keys.js). In the form of
// accepting, what the place displaces goes into the reply, and a field that is filled in chooses its way.
import { announce } from "./announce.js";
import { closest, isFree, isPlainClick, onHands } from "./dom.js";
import { openIn, stepped, unfold } from "./unfold.js";

/** @returns {HTMLElement | null} */
const list = () => document.querySelector("[data-requests]");

/** @returns {HTMLElement[]} */
const requests = () => /** @type {HTMLElement[]} */ ([...(list()?.querySelectorAll("[data-request]") ?? [])]);

/** @param {HTMLElement} wanted */
function open(wanted) {
  take(wanted);
  unfold(requests(), wanted);
}

/** @param {HTMLElement} request */
function take(request) {
  request.tabIndex = -1;
  request.focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (!list() || !isFree(event)) return;
  const key = event.key.toLowerCase();
  if (key !== "j" && key !== "k") return;
  const all = requests();
  const next = stepped(all, openIn(all), key);
  if (next) open(next);
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (intoReply(event)) return;
  const link = closest(event, "a[data-open]");
  const request = closest(event, "[data-requests] [data-request]");
  if (!request || !isPlainClick(event)) return;
  if (link) event.preventDefault();
  else if (request.classList.contains("open") || closest(event, "a, button")) return;
  open(request);
});

// What was decided leaves the list, and the focus on it with it: the next one stands open and takes it, until hands go on.
let isDecided = false;
onHands(() => (isDecided = false));
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.request.method === "POST" && ctx.sourceElement instanceof Element ? ctx.sourceElement.closest("#request-form form") : null;
  if (form) isDecided = true;
});
document.addEventListener("part:refreshed", () => {
  if (!isDecided || document.activeElement !== document.body) return;
  const all = requests();
  const next = all[openIn(all)];
  if (next) take(next);
});

/** Without script the server does it. @param {Event} event @returns {boolean} */
function intoReply(event) {
  const button = closest(event, "[data-into-reply]");
  const words = button ? document.getElementById(button.dataset.intoReply ?? "") : null;
  if (!(words instanceof HTMLTextAreaElement)) return false;
  event.preventDefault();
  const from = button?.getAttribute("value") === "named" ? "#displaced li" : "#displaced [data-plain]";
  const lines = [...document.querySelectorAll(from)].map((line) => (line.textContent ?? "").trim());
  words.value = [words.value.trimEnd(), ...lines].filter(Boolean).join("\n");
  words.dispatchEvent(new Event("input", { bubbles: true }));
  words.focus();
  announce(lines.join(" "));
  return true;
}

document.addEventListener(
  "input",
  (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.dataset.chooses) return;
    const way = field.closest("fieldset")?.querySelector(`input[type=radio][value="${field.dataset.chooses}"]`);
    if (way instanceof HTMLInputElement) way.checked = true;
  },
  true,
);
