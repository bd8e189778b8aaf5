// Fields of an item that save themselves: forms with data-save are sent one after another, and each is answered by the item as it is
// then. A text stays in its field until the server has it; while the server is away, the save waits.
import htmx from "htmx.org";

import { fieldsOf, get } from "./ask.js";
import { newCommand } from "./command.js";
import { closest } from "./dom.js";
import { contentOf, fieldsIn, isChanged } from "./fields.js";
import { insist } from "./insist.js";
import { shelveForm } from "./keep.js";
import { markSaving } from "./mark.js";
import { openPanel } from "./panel.js";
import { refreshAll } from "./refresh.js";

/** @typedef {{ form: HTMLFormElement, ref: string, fields: URLSearchParams, content: string }} Save */

/** @type {Promise<unknown>} */
let line = Promise.resolve();
/** The revision that the person's own save made of an earlier one, by item and that one: a form that began from the earlier revision
 * continues from the new one. @type {Map<string, string>} */
const next = new Map();

/** How many other forms have been answered: an answer that was drawn before one of them is out of date. */
let others = 0;
document.addEventListener("htmx:before:swap", (event) => {
  const { request } = /** @type {CustomEvent} */ (event).detail.ctx ?? {};
  if (request?.method && request.method !== "GET") others += 1;
});

/** @returns {HTMLElement | null} */
const shown = () => document.getElementById("item");

/** @param {HTMLFormElement} form */
const isTouched = (form) => fieldsIn(form).some(isChanged);

/** Send the form's present values, unless they are already being sent. @param {HTMLFormElement} form */
function save(form) {
  if (form.dataset.sent === contentOf(form)) return;
  const fields = fieldsOf(form);
  fields.set("command", newCommand());
  const one = { form, ref: form.dataset.of ?? "", fields, content: contentOf(form) };
  form.dataset.sent = one.content;
  line = line.then(() => carry(one)).catch(() => markSaving("lost"));
}

/** @param {Save} one */
async function carry(one) {
  const { form, ref, fields } = one;
  const began = fields.get("revision");
  for (let key = `${ref} ${fields.get("revision")}`; next.has(key); key = `${ref} ${fields.get("revision")}`) {
    fields.set("revision", next.get(key) ?? "");
  }
  markSaving("saving");
  const before = others;
  const answer = await insist(form.action, fields, () => markSaving("waiting"));
  const replayed = answer?.headers.has("X-Kanban-Replay") ?? false;
  const from = fields.get("revision");
  const to = answer?.headers.get("X-Kanban-Revision");
  if (began && from && to && from !== to) next.set(`${ref} ${from}`, to);
  if (form.dataset.sent === one.content) delete form.dataset.sent;
  if (!answer?.ok && !form.isConnected) shelveForm(form);
  if (!answer) return markSaving("lost");
  const html = replayed ? await read(ref) : answer.html;
  if (answer.ok) {
    if (html) await show(one, html, before);
    return markSaving("saved");
  }
  markSaving(null);
  const isKept = answer.status === 422 || answer.headers.get("X-Kanban-Code") === "stale";
  if (!isKept) {
    if (form.dataset.save === "stays") form.reset();
    return htmx.swap({ text: html, target: document.body, swap: "none" });
  }
  if (shown()?.dataset.itemOpen !== ref) await openPanel(ref);
  await show(one, html, before);
}

/** @param {string} ref */
const read = async (ref) => (await get(`/items/${ref}`))?.html ?? "";

/** Draw the item anew, unless it is no longer shown; what was typed since the save began stays. @param {Save} one @param {string} html @param {number} before */
async function show({ form, ref, content }, html, before) {
  const item = shown();
  const page = document.createElement("template");
  page.innerHTML = html;
  const isHere = item?.dataset.itemOpen === ref;
  const live = isHere ? (document.getElementById(form.id) ?? form) : form;
  if (!(live instanceof HTMLFormElement)) return;
  live.toggleAttribute("data-goes-on", contentOf(live) !== content);
  const inner = page.content.querySelector("hx-partial #item");
  const held = live.contains(document.activeElement);
  const text = inner ? inner.outerHTML : isHere ? html : [...page.content.querySelectorAll("hx-partial")].map((one) => one.outerHTML).join("");
  await htmx.swap({ text, target: isHere ? item : document.body, swap: isHere ? "outerMorph" : "none", sourceElement: live });
  if (others !== before) void refreshAll();
  live.removeAttribute("data-goes-on");
  const edit = live.closest("details.edit");
  if (held && edit && !edit.hasAttribute("open")) edit.querySelector("summary")?.focus({ preventScroll: true });
}

/** @param {HTMLFormElement} form */
export function leave(form) {
  if (!form.isConnected || form.hasAttribute("data-conflict")) return;
  if (isTouched(form)) return save(form);
  form.closest("details.edit")?.removeAttribute("open");
}

/** @param {Event} event @returns {HTMLFormElement | null} */
function formOf(event) {
  return /** @type {HTMLFormElement | null} */ (closest(event, "form[data-save]"));
}

document.addEventListener(
  "submit",
  (event) => {
    const form = formOf(event);
    if (!form || /** @type {SubmitEvent} */ (event).submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (isTouched(form) || form.hasAttribute("data-conflict")) return save(form);
    leave(form);
    form.closest("details.edit")?.querySelector("summary")?.focus();
  },
  true,
);

document.addEventListener("change", (event) => {
  const form = formOf(event);
  if (form && !(event.target instanceof HTMLTextAreaElement)) leave(form);
});

// Escape restores the old value; a form that opened in place is closed by edit.js.
document.addEventListener(
  "keydown",
  (event) => {
    const form = formOf(event);
    if (event.key === "Escape" && !event.isComposing && form && !form.closest(".edit[open]")) form.reset();
  },
  true,
);

/** The form in which the pointer was pressed last: what was pressed there may be unable to take the focus. @type {Element | null} */
let pressed = null;
document.addEventListener("pointerdown", (event) => (pressed = closest(event, "form[data-save]")), true);

document.addEventListener("focusout", (event) => {
  const form = formOf(event);
  const to = event.relatedTarget;
  if (!form?.querySelector("textarea") || !document.hasFocus() || (to instanceof Node && form.contains(to))) return;
  const from = event.target;
  window.setTimeout(() => {
    const isIn = form.contains(document.activeElement) || (to === null && pressed === form);
    if (from instanceof Element && from.isConnected && !isIn && form.closest("details.edit[open]")) leave(form);
  });
});
