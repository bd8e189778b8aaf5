// The queue of questions by key: J and K walk and open, A goes to the field, B asks back, Ctrl+Enter (forms.js) sends.
import { closest, isFree, isPlainClick } from "./dom.js";
import { showNotice } from "./toast.js";

/** @returns {HTMLElement | null} */
const queue = () => document.querySelector("[data-queue]");

/** @returns {HTMLElement[]} */
const questions = () => [...(queue()?.querySelectorAll("[data-question]") ?? [])].filter((one) => one instanceof HTMLElement);

/** Show one question with its thread and its form, and fold the others. @param {HTMLElement} wanted */
function open(wanted) {
  for (const one of questions()) {
    const is = one === wanted;
    one.classList.toggle("open", is);
    one.querySelector("[data-question-body]")?.toggleAttribute("hidden", !is);
    one.querySelector("[data-open-question]")?.toggleAttribute("hidden", is);
  }
  wanted.scrollIntoView({ block: "nearest" });
  keepOpen(wanted.dataset.question ?? "");
}

/** A live refresh leaves that question open. @param {string} id */
function keepOpen(id) {
  const around = queue();
  const url = new URL(around?.dataset.refresh ?? "", location.href);
  url.searchParams.set("open", id);
  if (around) around.dataset.refresh = url.pathname + url.search;
}

/** The field of whoever's turn it is; none where one only accepts, or where it is folded away. @param {HTMLElement} question */
const field = (question) => /** @type {HTMLElement | null} */ (question.querySelector("form textarea:not(details *)"));

/** @param {number} step */
function walk(step) {
  const all = questions();
  const at = all.findIndex((one) => one.classList.contains("open"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  open(next);
  (field(next)?.closest("form") ?? next).setAttribute("tabindex", "-1");
  /** @type {HTMLElement} */ (field(next)?.closest("form") ?? next).focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = closest(event, "a[data-open-question]");
  const question = closest(event, "[data-queue] [data-question]");
  if (!question || !isPlainClick(event)) return;
  if (link) event.preventDefault();
  else if (question.classList.contains("open") || closest(event, "a, button, input, textarea, summary, label")) return;
  open(question);
  field(question)?.focus();
});

document.addEventListener("keydown", (event) => {
  if (!queue() || !isFree(event)) return;
  const current = questions().find((one) => one.classList.contains("open"));
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else if (key === "a" && current) (field(current) ?? current.querySelector("form button"))?.focus();
  else if (key === "b" && current) askBack(current);
  else return;
  event.preventDefault();
});

/** Words first: with an empty field B only goes there. @param {HTMLElement} question */
function askBack(question) {
  const area = field(question);
  const button = question.querySelector("[data-ask-back]");
  if (area instanceof HTMLTextAreaElement && !area.value.trim()) area.focus();
  else if (button instanceof HTMLElement) button.click();
}

// After an answer the next question stands open; the cursor goes into its field.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx?.request?.method !== "POST" || !(ctx.sourceElement instanceof Element) || ctx.target?.id !== "queue") return;
  const next = questions().find((one) => one.classList.contains("open"));
  if (next) field(next)?.focus();
});

/** Fields of the queue with words in them that were not sent, while an answer draws it anew. @type {HTMLTextAreaElement[]} */
let typed = [];
/** @param {Element} field */
const questionOf = (field) => /** @type {HTMLElement | null} */ (field.closest("[data-question]"))?.dataset.question;

document.addEventListener("htmx:before:swap", (event) => {
  const sent = /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement;
  const all = [...(queue()?.querySelectorAll("textarea") ?? [])];
  typed = all.filter((field) => field.value !== field.defaultValue && !(sent instanceof Element && sent.contains(field)));
});

// A question that somebody else has answered meanwhile is gone: what was written for it must not go with it.
document.addEventListener("htmx:after:swap", () => {
  const lost = typed.filter((field) => !document.querySelector(`[data-question="${questionOf(field)}"]`));
  typed = [];
  for (const field of lost) showNotice("bad", `${queue()?.dataset.gone} ${field.value}`);
});
