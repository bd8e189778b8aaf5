// Comforts of writing a draft: Enter goes on to the next line, buttons that move a line keep the focus on it, what is
// saved late carries the newest revision. The page works without any of it.
import { announce } from "./announce.js";
import { fieldsOf, post } from "./ask.js";
import { closest } from "./dom.js";

/** The draft's form, if this is its page. @returns {HTMLFormElement | null} */
const draft = () => document.querySelector("form[data-draft]");

/** The id of the field or button to be focused once the form came anew. */
let goal = "";

/** The saves of the draft under way. @type {Set<object>} */
const saves = new Set();
/** Whether something was typed beside a finding that no save has taken along yet. */
let isAnswering = false;
/** Whether words wait for the pause after which they are saved. */
let isTyped = false;

// A save takes along all that was typed. One that waited behind another must not send the revision from before it.
document.addEventListener("htmx:before:request", (event) => {
  const form = draft();
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!form || ctx?.request?.form !== form) return;
  saves.add(ctx);
  isAnswering = isTyped = false;
  const { body } = ctx.request;
  const revision = form.elements.namedItem("revision");
  if (body instanceof URLSearchParams && revision instanceof HTMLInputElement && !body.has("over")) body.set("revision", revision.value);
});

/**
 * Where the focus belongs after this button: beside the line that it moved, or on the line that took its place.
 * @param {HTMLButtonElement} button
 */
function goalOf(button) {
  const [verb, place] = button.value.split(" ");
  const at = Number(place);
  if (verb === "up") return `up-${at - 1}`;
  if (verb === "down") return `down-${at + 1}`;
  if (verb === "drop") return `line-${at}-text`;
  const here = document.activeElement?.id ?? "";
  return here.startsWith("line-new-") ? here.replace(/[^-]+$/, "text") : here;
}

document.addEventListener("click", (event) => {
  const button = closest(event, "button[name=act]");
  if (button instanceof HTMLButtonElement && button.form === draft()) goal = goalOf(button);
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = /** @type {CustomEvent} */ (event).detail.ctx?.target;
  if (target instanceof HTMLElement && target.id === "conflict") announce(target.querySelector("p")?.textContent ?? "");
  if (!goal || target?.id === "checks") return;
  const found = document.getElementById(goal) ?? document.getElementById("checks");
  const field = found instanceof HTMLButtonElement && found.disabled ? found.parentElement?.querySelector("button:enabled") : found;
  goal = "";
  if (field instanceof HTMLElement) field.focus();
});

// Fields of one line: Enter in the headline goes on to the summary, in a line it saves and opens the next empty one.
document.addEventListener("keydown", (event) => {
  const field = closest(event, "[data-draft] [data-one-line]");
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || !field) return;
  event.preventDefault();
  if (field.id === "headline") document.getElementById("summary")?.focus();
  else document.querySelector("button[data-save]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
});

// An empty line at the end of a section shows its other fields as soon as it is no longer empty.
document.addEventListener("input", (event) => {
  const line = closest(event, ".line.is-new");
  const fields = [...(line?.querySelectorAll("textarea.bare") ?? [])];
  line?.classList.toggle("filled", fields.some((field) => field instanceof HTMLTextAreaElement && field.value !== ""));
});

/** The button that waits for them. @type {HTMLElement | null} */
let waiting = null;

document.addEventListener("htmx:finally:request", (event) => {
  const wasLast = saves.delete(/** @type {CustomEvent} */ (event).detail.ctx) && !saves.size;
  if (!wasLast || !waiting) return;
  const button = waiting;
  waiting = null;
  draft()?.requestSubmit(button);
});

// Publish and Preview leave the page with the revision it holds: they wait until the save under way has told its own.
document.addEventListener("submit", (event) => {
  if (!saves.size || event.defaultPrevented || event.target !== draft()) return;
  event.preventDefault();
  waiting = /** @type {SubmitEvent} */ (event).submitter;
});

document.addEventListener("input", (event) => {
  isAnswering ||= closest(event, "#checks") !== null;
  isTyped ||= closest(event, "form") === draft();
});

// The findings follow each save; words that came in between stay, and the save after it draws them.
document.addEventListener("htmx:before:swap", (event) => {
  const { tasks } = /** @type {CustomEvent} */ (event).detail;
  for (const { target, swapSpec } of /** @type {{ target: unknown, swapSpec: { style: string } }[]} */ (tasks)) {
    if (isAnswering && target instanceof Element && target.id === "checks") swapSpec.style = "none";
  }
});

window.addEventListener("submit", (event) => {
  if (event.target === draft() && !event.defaultPrevented) isTyped = false;
});

// Whoever leaves the page before that pause is over saves them, too; a save under way has what was typed until then.
function saveNow() {
  const form = draft();
  if (!form || !isTyped || saves.size) return;
  isTyped = false;
  void post(form.action, fieldsOf(form));
}
// What was typed while a save was under way can't go along; the browser asks whether to stay for that moment.
window.addEventListener("beforeunload", (event) => (isTyped && saves.size ? event.preventDefault() : saveNow()));
window.addEventListener("pagehide", saveNow);
