// Comforts of writing a draft: Enter goes on to the next line, buttons that move a line keep the focus on it, what is
// saved late carries the newest revision. The page works without any of it.
import { announce } from "./announce.js";
import { fieldsOf, post } from "./ask.js";
import { closest } from "./dom.js";
import { fieldsIn, nameOf, said, write } from "./fields.js";

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

// A save takes along all that was typed: one that waited behind another tells the words and the revision of now.
document.addEventListener("htmx:before:request", (event) => {
  const form = draft();
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!form || ctx.request.form !== form) return;
  const act = ctx.request.body.get("act");
  ctx.request.body = fieldsOf(form);
  if (act) ctx.request.body.set("act", act);
  ctx.was = new Map(fieldsIn(form).map((field) => [field, said(field)]));
  saves.add(ctx);
  isAnswering = isTyped = false;
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
  if (verb === "clear") return `line-new-${place}-text`;
  const here = document.activeElement?.id ?? "";
  return here.startsWith("line-new-") ? here.replace(/[^-]+$/, "text") : here;
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (closest(event, "button[name=act]"));
  if (button && button.form === draft()) goal = goalOf(button);
});

/** As the server keeps it. @param {string} text */
const plain = (text) => text.replace(/\s+/g, " ").trim();

/**
 * Words that came in while a button's answer was on its way: into the field that says what theirs said when it was pressed, and
 * what was typed on into an empty line, which is a line by now, into the next one.
 * @param {Map<import("./fields.js").Field, string>} was
 */
function typeOn(was) {
  for (const [old, sent] of was) {
    const [now, form] = [said(old), draft()];
    if (old.isConnected || now === sent || !form) continue;
    const fields = fieldsIn(form);
    const same = fields.filter((field) => nameOf(field) === nameOf(old));
    const isNext = old.closest(".is-new");
    const field = isNext ? same[0] : [...same, ...fields].find((field) => field.name === old.name && plain(said(field)) === plain(sent));
    if (!field) continue;
    write(field, isNext ? said(field) + now.slice(sent.length) : now);
    goal = field.id;
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  const { target, was = [] } = /** @type {CustomEvent} */ (event).detail.ctx ?? {};
  typeOn(was);
  if (target?.id === "conflict") announce(target.querySelector("p")?.textContent ?? "");
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
  if (line) line.classList.toggle("filled", fieldsIn(line).some(said));
});

/** The button that waits for them. @type {HTMLElement | null} */
let waiting = null;

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!saves.delete(ctx)) return;
  // What did not arrive is still to be saved; a conflict is there to be decided.
  isTyped ||= ![200, 409].includes(ctx.response?.status);
  draft()?.toggleAttribute("data-unsaved", isTyped || saves.size > 0);
  if (saves.size || !waiting) return;
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
  if (closest(event, "form") !== draft()) return;
  isTyped = true;
  draft()?.setAttribute("data-unsaved", "");
});

// The server is there again.
window.addEventListener("online", () => {
  if (isTyped) document.getElementById("summary")?.dispatchEvent(new Event("input", { bubbles: true }));
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
