// Keeps what was typed, ticked or chosen but not yet sent when the part of the page around it is drawn anew, for instance after a
// tick beside it. A text keeps the revision that it began from, so that saving it still reveals what somebody else wrote meanwhile.
import { drawn, fieldsIn, isChanged, nameOf, said, say, write } from "./fields.js";

/** @typedef {{ form: string, name: string, value: string }} Kept */

/** @type {Kept[]} */
let kept = [];
/** The details elements that stay open, each as the item that it belongs to and its id. @type {[string | undefined, string][]} */
let opened = [];
/** Copies of forms that show an error: an answer about something else would draw them without it. @type {HTMLFormElement[]} */
let refused = [];
/** What was typed into forms that are no longer on the page, by form; given back when the same form is drawn again. @type {Map<string, Kept[]>} */
export const shelf = new Map();
/** Parts that were morphed: brought up to date without replacing their elements. @type {Element[]} */
let morphed = [];
/** How many swaps are going on. One may begin before another has given back what it kept, so everything is kept until all are over. */
let drawing = 0;

/** A key that identifies a form even after it was drawn anew; `data-about` tells forms with the same address apart. @param {HTMLFormElement} form */
export const keyOf = (form) => `${form.getAttribute("id") ?? ""} ${form.getAttribute("action") ?? ""} ${form.dataset.about ?? ""}`;

/** @param {Element | null} part @returns {string | undefined} */
const itemOf = (part) => /** @type {HTMLElement | null | undefined} */ (part?.closest("[data-item-open]"))?.dataset.itemOpen;

/** The hidden field with the revision that the form's texts began from; it may be outside of the form element. @param {HTMLFormElement} form */
const beganOf = (form) => /** @type {HTMLInputElement | undefined} */ ([...form.elements].find((field) => /^(revision|began)$/.test(/** @type {HTMLInputElement} */ (field).name)));

/** @param {HTMLFormElement} form @returns {Kept[]} */
export function changedIn(form) {
  const key = keyOf(form);
  const changed = fieldsIn(form).filter(isChanged);
  const told = changed.map((field) => ({ form: key, name: nameOf(field), value: said(field) }));
  const revision = beganOf(form);
  if (!told.length || !revision) return told;
  return [...told, { form: key, name: "revision", value: revision.value }];
}

/** Write kept texts into a form. @param {HTMLFormElement} form @param {Kept[]} texts @param {boolean} isOld whether it was morphed, so that its elements are the old ones */
function putBack(form, texts, isOld) {
  for (const field of fieldsIn(form)) {
    const text = texts.find(({ name }) => name === nameOf(field));
    if (text) {
      write(field, text.value);
      field.closest("details.edit")?.setAttribute("open", "");
    } else if (isOld) say(field, drawn(field));
  }
  const revision = beganOf(form);
  const began = texts.find(({ name }) => name === "revision");
  if (began && revision && fieldsIn(form).some(isChanged)) revision.value = began.value;
}

/** Keep what was typed in a part that is about to leave the page. Forms that save themselves are told to, and forms being sent arrive. @param {Element} part */
export function shelve(part) {
  part.dispatchEvent(new CustomEvent("part:leaving", { bubbles: true }));
  for (const form of part.querySelectorAll("form:not([data-save], .htmx-request:not([data-reset]))")) shelveForm(/** @type {HTMLFormElement} */ (form));
}

/** @param {HTMLFormElement} form */
export function shelveForm(form) {
  const texts = changedIn(form);
  if (texts.length) shelf.set(keyOf(form), texts);
}

/**
 * Take what the shelf has for this form. If the form saves itself and has another revision by now, the save has arrived, and the
 * texts are dropped.
 * @param {HTMLFormElement} form @returns {Kept[]}
 */
function shelved(form) {
  const texts = shelf.get(keyOf(form)) ?? [];
  shelf.delete(keyOf(form));
  const began = texts.find(({ name }) => name === "revision");
  const isSaved = form.matches("[data-save]") && began && beganOf(form)?.value !== began.value;
  return isSaved ? [] : texts;
}

/** Give every form on the page what the shelf has for it. */
export function takeFromShelf() {
  if (!shelf.size) return;
  for (const form of document.querySelectorAll("form")) {
    const texts = shelved(form);
    if (texts.length) putBack(form, texts, false);
  }
}

/** A copy of a form with its present values. @param {HTMLFormElement} form */
function copyOf(form) {
  const copy = /** @type {HTMLFormElement} */ (form.cloneNode(true));
  const fields = fieldsIn(form);
  fieldsIn(copy).forEach((field, at) => say(field, said(fields[at] ?? field)));
  return copy;
}

/** @param {HTMLFormElement} form */
const isRefused = (form) => form.matches("[data-save]") && (form.matches("[data-conflict]") || form.querySelector(".error") !== null);

/** Whether an open part stays open: not if the form that was just sent is in it, unless that is one that stays. @param {Element} edit @param {Element | null} sent */
const staysOpen = (edit, sent) => !sent || !edit.contains(sent) || sent.matches("[data-save=stays]");

/** Keep what is chosen or typed while a swap is going on, which takes a moment, like what was there before. @param {Event} event */
function note({ target }) {
  const field = /** @type {import("./fields.js").Field} */ (target);
  if (field.form) kept.unshift({ form: keyOf(field.form), name: nameOf(field), value: said(field) });
}

// The form that was sent with this very request is not kept: the answer either accepts it or draws it again with its errors.
document.addEventListener("htmx:before:swap", (event) => {
  drawing += 1;
  document.addEventListener("input", note, true);
  const { ctx, tasks } = /** @type {CustomEvent} */ (event).detail;
  const sent = ctx.request?.method === "GET" ? null : (ctx.sourceElement?.closest?.("form") ?? null);
  if (sent) kept = kept.filter(({ form }) => form !== keyOf(sent));
  for (const { target, swapSpec } of /** @type {{ target: unknown, swapSpec: { style: string } }[]} */ (tasks)) {
    if (!(target instanceof Element) || target.id === "toasts" || swapSpec.style === "none") continue;
    for (const form of target.querySelectorAll("form")) {
      if (form !== sent && isRefused(form)) refused.push(copyOf(form));
      else if (form !== sent || form.matches("[data-goes-on], [data-reset]")) kept.push(...changedIn(form));
    }
    for (const edit of target.querySelectorAll("details[id][open]")) if (staysOpen(edit, sent)) opened.push([itemOf(edit), edit.id]);
    if (swapSpec.style.endsWith("Morph")) morphed.push(target);
  }
});

document.addEventListener("htmx:after:swap", () => {
  for (const form of refused) {
    const fresh = document.getElementById(form.id);
    if (fresh instanceof HTMLFormElement && keyOf(fresh) === keyOf(form)) fresh.replaceWith(form);
  }
  for (const [item, id] of opened) {
    const edit = document.getElementById(id);
    if (itemOf(edit) === item) edit?.setAttribute("open", "");
  }
  if (!kept.length && !morphed.length && !shelf.size) return;
  for (const form of document.querySelectorAll("form")) {
    const own = [...kept.filter((text) => text.form === keyOf(form)), ...shelved(form)];
    const isOld = morphed.some((part) => part.contains(form));
    if (!refused.includes(form) && (own.length || isOld)) putBack(form, own, isOld);
  }
});

document.addEventListener("htmx:finally:swap", () => {
  if (--drawing) return;
  document.removeEventListener("input", note, true);
  [kept, opened, morphed, refused] = [[], [], [], []];
});
