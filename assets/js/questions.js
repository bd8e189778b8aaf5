// The queue of questions by key: J and K walk and unfold, A goes to the field, B asks back, Ctrl+Enter (see forms.js) sends.
import { closest, isFree, isPlainClick } from "./dom.js";
import { showNotice } from "./toast.js";
import { openIn, stepped, unfold } from "./unfold.js";

/** @returns {HTMLElement | null} */
const queue = () => document.querySelector("[data-queue]");

/** @returns {HTMLElement[]} */
const questions = () => /** @type {HTMLElement[]} */ ([...(queue()?.querySelectorAll("[data-question]") ?? [])]);

/** The field for an answer; null if there is nothing but a button to accept, or if the field is in a closed details element. @param {HTMLElement} question */
const field = (question) => /** @type {HTMLElement | null} */ (question.querySelector("form textarea:not(details *)"));

/** @param {string} key */
function walk(key) {
  const all = questions();
  const next = stepped(all, openIn(all), key);
  if (!next) return;
  unfold(all, next);
  const place = field(next)?.closest("form") ?? next;
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = closest(event, "a[data-open]");
  const question = closest(event, "[data-queue] [data-question]");
  if (!question || !isPlainClick(event)) return;
  if (link) event.preventDefault();
  else if (question.classList.contains("open") || closest(event, "a, button, input, textarea, summary, label")) return;
  unfold(questions(), question);
  field(question)?.focus();
});

document.addEventListener("keydown", (event) => {
  if (!queue() || !isFree(event)) return;
  const all = questions();
  const current = all[openIn(all)];
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key);
  else if (key === "a" && current) (field(current) ?? current.querySelector("form button"))?.focus();
  else if (key === "b" && current) askBack(current);
  else return;
  event.preventDefault();
});

/** Ask back with the words in the field; if it is empty, only go there. @param {HTMLElement} question */
function askBack(question) {
  const area = /** @type {HTMLTextAreaElement | null} */ (field(question));
  if (area && !area.value.trim()) area.focus();
  else /** @type {HTMLElement | null} */ (question.querySelector("[data-ask-back]"))?.click();
}

// After an answer, the next question is unfolded and the cursor goes into its field.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx?.request?.method !== "POST" || !(ctx.sourceElement instanceof Element) || ctx.target?.id !== "queue") return;
  const all = questions();
  const next = all[openIn(all)];
  if (next) field(next)?.focus();
});

/** Fields of the queue with unsent words, noted while an answer draws the queue anew. @type {HTMLTextAreaElement[]} */
let typed = [];
/** @param {Element} field */
const questionOf = (field) => /** @type {HTMLElement | null} */ (field.closest("[data-question]"))?.dataset.question;

document.addEventListener("htmx:before:swap", (event) => {
  const sent = /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement;
  const all = [...(queue()?.querySelectorAll("textarea") ?? [])];
  typed = all.filter((field) => field.value !== field.defaultValue && !(sent instanceof Element && sent.contains(field)));
});

// A question that somebody else has answered meanwhile is gone from the queue: show the words that were written for it, so that they
// are not lost.
document.addEventListener("htmx:after:swap", () => {
  const lost = typed.filter((field) => !document.querySelector(`[data-question="${questionOf(field)}"]`));
  typed = [];
  for (const field of lost) showNotice("bad", `${queue()?.dataset.gone} ${field.value}`);
});
