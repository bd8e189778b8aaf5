// Conveniences for writing the draft of an update: Enter goes on to the next line, buttons that move a line keep the focus on it, and
// a save that had to wait carries the newest revision. The page works without them.
import { announce } from "./announce.js";
import { fieldsOf, post } from "./ask.js";
import { closest } from "./dom.js";
import { fieldsIn, nameOf, said, write } from "./fields.js";

/** The draft's form, if this is its page. @returns {HTMLFormElement | null} */
const draft = () => document.querySelector("form[data-draft]");

/** The id of the field or button to focus after the form has been drawn anew. */
let goal = "";

/** The saves of the draft that are being sent. @type {Set<object>} */
const saves = new Set();
/** Whether an answer to a finding was typed that is not part of any save yet. */
let isAnswering = false;
/** Whether typed words are waiting for the pause after which they are saved. */
let isTyped = false;

// A save sends everything that was typed up to now: one that had to wait behind another gets the present words and revision.
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
 * The id of what gets the focus after this button: a button beside the line that it moved, or the line that took its place.
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

/** The text as the server stores it. @param {string} text */
const plain = (text) => text.replace(/\s+/g, " ").trim();

/**
 * Restore what was typed while a button's answer was on its way. It goes into the field that now has the text that was sent; but what
 * was typed on in an empty line, which has become a line by now, goes into the next empty line.
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

// One-line fields: Enter in the headline goes to the summary; Enter in a line saves, and so brings the next empty line.
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

/** The button that waits for the saves that are being sent. @type {HTMLElement | null} */
let waiting = null;

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!saves.delete(ctx)) return;
  // What did not arrive still has to be saved; after a conflict (409), the person decides.
  isTyped ||= ![200, 409].includes(ctx.response?.status);
  draft()?.toggleAttribute("data-unsaved", isTyped || saves.size > 0);
  if (saves.size || !waiting) return;
  const button = waiting;
  waiting = null;
  draft()?.requestSubmit(button);
});

// Publish and Preview leave the page with the revision that the form has: they wait until a save that is being sent has updated it.
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

// When the server can be reached again, save what is waiting.
window.addEventListener("online", () => {
  if (isTyped) document.getElementById("summary")?.dispatchEvent(new Event("input", { bubbles: true }));
});

// Every save redraws the findings, but not while an answer to one is being typed; the next save will redraw them.
document.addEventListener("htmx:before:swap", (event) => {
  const { tasks } = /** @type {CustomEvent} */ (event).detail;
  for (const { target, swapSpec } of /** @type {{ target: unknown, swapSpec: { style: string } }[]} */ (tasks)) {
    if (isAnswering && target instanceof Element && target.id === "checks") swapSpec.style = "none";
  }
});

window.addEventListener("submit", (event) => {
  if (event.target === draft() && !event.defaultPrevented) isTyped = false;
});

// Leaving the page before the pause is over saves the words too; a save that is being sent already has what was typed until then.
function saveNow() {
  const form = draft();
  if (!form || !isTyped || saves.size) return;
  isTyped = false;
  void post(form.action, fieldsOf(form));
}
// What was typed since a save began can't be sent along with it, so the browser asks whether to stay for a moment.
window.addEventListener("beforeunload", (event) => (isTyped && saves.size ? event.preventDefault() : saveNow()));
window.addEventListener("pagehide", saveNow);
