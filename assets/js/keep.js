// Keeps what was typed but not yet sent when the part of the page around it is drawn anew, for instance by a tick beside it.
// A text keeps the revision that it began from, so that saving it still tells of what somebody else wrote meanwhile.

/** @typedef {HTMLTextAreaElement | HTMLInputElement} Field */
/** @typedef {{ form: string, name: string, value: string }} Kept */

const TYPED = "textarea[name], input[type=text][name], input:not([type])[name]";

/** @type {Kept[]} */
let kept = [];

/** @param {Element} part @returns {HTMLFormElement[]} */
const formsIn = (part) => [...part.querySelectorAll("form")];

/** @param {HTMLFormElement} form @returns {Field[]} */
const fieldsOf = (form) => /** @type {Field[]} */ ([...form.querySelectorAll(TYPED)]);

/** @param {HTMLFormElement} form */
const addressOf = (form) => form.getAttribute("action") ?? "";

/** @param {HTMLFormElement} form @returns {Kept[]} */
function typedIn(form) {
  const typed = fieldsOf(form).filter((field) => field.value !== field.defaultValue);
  const revision = form.querySelector("input[type=hidden][name=revision]");
  const all = typed.length && revision instanceof HTMLInputElement ? [...typed, revision] : typed;
  return all.map(({ name, value }) => ({ form: addressOf(form), name, value }));
}

/** @param {HTMLFormElement} form @param {Kept} text */
function putBack(form, text) {
  const fields = [...fieldsOf(form), ...form.querySelectorAll("input[type=hidden][name=revision]")];
  for (const field of /** @type {Field[]} */ (fields)) {
    if (field.name !== text.name || field.value !== field.defaultValue) continue;
    field.value = text.value;
    field.closest("details.edit")?.setAttribute("open", "");
  }
}

// What is sent with this very request is answered: taken, or drawn again with its problems.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = /** @type {CustomEvent} */ (event).detail;
  const sent = ctx.request?.method === "GET" ? null : ctx.sourceElement?.closest?.("form");
  const parts = new Set(tasks.map((/** @type {{ target: unknown }} */ task) => task.target));
  for (const part of parts) {
    if (!(part instanceof Element)) continue;
    for (const form of formsIn(part)) if (form !== sent) kept.push(...typedIn(form));
  }
});

document.addEventListener("htmx:after:swap", () => {
  const texts = kept;
  kept = [];
  for (const text of texts) {
    for (const form of formsIn(document.body)) if (addressOf(form) === text.form) putBack(form, text);
  }
});
