// The owner's list of requests by key: J and K walk and unfold; A, L, D and X press the buttons of the unfolded one (see keys.js). In
// the form for accepting, a button puts what the place displaces into the reply, and filling in a field selects its radio button.
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

// A request that was decided leaves the list together with the focus: the next one is unfolded and gets the focus, unless a key or
// pointer was pressed meanwhile.
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

/** Put the displaced promises and items into the reply; without script, the server does that. @param {Event} event @returns {boolean} */
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
