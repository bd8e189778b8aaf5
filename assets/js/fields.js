// What a form's fields say, compared with what they said when they were drawn.

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

const FIELDS = "textarea[name], select[name], input[name]:not([type=hidden], [type=file], [type=submit])";

/** The fields that a person fills in. @param {ParentNode} part @returns {Field[]} */
export const fieldsIn = (part) => /** @type {Field[]} */ ([...part.querySelectorAll(FIELDS)]);

/** @param {Field} field @returns {field is HTMLInputElement} */
const ticks = (field) => ["checkbox", "radio"].includes(field.type);

/** What the field says now, as one text. @param {Field} field */
export function said(field) {
  return ticks(field) ? String(field.checked) : field.value;
}

/** What it said when it was drawn. @param {Field} field */
export function drawn(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
  }
  return ticks(field) ? String(field.defaultChecked) : field.defaultValue;
}

/** Whether a person changed it; what was refused is drawn as it was typed. @param {Field} field */
export const isChanged = (field) => said(field) !== drawn(field) || field.form?.matches("[data-typed]");

/** @param {Field} field @param {string} text what `said` told */
export function say(field, text) {
  if (said(field) === text) return;
  if (ticks(field)) field.checked = text === "true";
  else field.value = text;
}

/** What counts its lines, fits it to them or saves them hears that the field says something else. @param {Field} field @param {string} text */
export function write(field, text) {
  if (said(field) === text) return;
  say(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What tells one field of a form from the others. @param {Field} field */
export const nameOf = (field) => (ticks(field) ? `${field.name}=${field.value}` : field.id || field.name);

/** Everything a person can say in a form, as one text. @param {HTMLFormElement} form */
export const contentOf = (form) => JSON.stringify(fieldsIn(form).map((field) => [nameOf(field), said(field)]));
