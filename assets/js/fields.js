// The values of a form's fields, compared with those that they had when they were drawn.

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

const FIELDS = "textarea[name], select[name], input[name]:not([type=hidden], [type=file], [type=submit])";

/** The fields that a person fills in. @param {ParentNode} part @returns {Field[]} */
export const fieldsIn = (part) => /** @type {Field[]} */ ([...part.querySelectorAll(FIELDS)]);

/** @param {Field} field @returns {field is HTMLInputElement} */
const ticks = (field) => ["checkbox", "radio"].includes(field.type);

/** The field's present value, as a text. @param {Field} field */
export function said(field) {
  return ticks(field) ? String(field.checked) : field.value;
}

/** The field's value when it was drawn, as a text. @param {Field} field */
export function drawn(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
  }
  return ticks(field) ? String(field.defaultChecked) : field.defaultValue;
}

/** Whether a person changed the field. In a refused form (data-typed) all count as changed: it is drawn with what was typed. @param {Field} field */
export const isChanged = (field) => said(field) !== drawn(field) || field.form?.matches("[data-typed]");

/** Set a field's value. @param {Field} field @param {string} text as from `said` */
export function say(field, text) {
  if (said(field) === text) return;
  if (ticks(field)) field.checked = text === "true";
  else field.value = text;
}

/** Set a field's value with an input event, so that whatever counts its lines, resizes or saves it takes notice. @param {Field} field @param {string} text */
export function write(field, text) {
  if (said(field) === text) return;
  say(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** A name that identifies a field within its form. @param {Field} field */
export const nameOf = (field) => (ticks(field) ? `${field.name}=${field.value}` : field.id || field.name);

/** The values of all fields of a form, as one text for comparison. @param {HTMLFormElement} form */
export const contentOf = (form) => JSON.stringify(fieldsIn(form).map((field) => [nameOf(field), said(field)]));
