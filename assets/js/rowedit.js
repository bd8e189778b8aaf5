// Editing a row of the backlog in place: F2, E or a double click opens the form, Enter saves, Escape discards. The form carries the
// revision that it began from, so that what somebody else wrote meanwhile is never lost.
import htmx from "htmx.org";

import { fieldsOf, get, post } from "./ask.js";
import { applyChanges } from "./changes.js";
import { closest, isFree } from "./dom.js";
import { closePanel } from "./panel.js";
import { refreshProduct } from "./refresh.js";
import { failed } from "./toast.js";

const editable = "[data-backlog][data-editable] > [data-item]";

/** @param {string} html @returns {HTMLFormElement | null} */
function formIn(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("form[data-line]");
}

/** @param {HTMLElement} row */
const formOf = (row) => /** @type {HTMLFormElement | null} */ (row.querySelector("form[data-line]"));

/** Show the form in place of the row's content. @param {HTMLElement} row @param {HTMLFormElement} form */
function show(row, form) {
  formOf(row)?.remove();
  row.classList.add("is-editing");
  row.append(form);
  htmx.process(form);
  /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]") ?? form.querySelector("input[name=title]"))?.focus();
  form.scrollIntoView({ block: "nearest" }); // the whole form, so that a phone's bar doesn't cover its end
}

/** @param {HTMLElement} row */
function close(row) {
  formOf(row)?.remove();
  row.classList.remove("is-editing");
  /** @type {HTMLElement | null} */ (row.querySelector(".title a"))?.focus({ preventScroll: true });
}

/** @param {HTMLElement} row */
async function open(row) {
  if (formOf(row) || document.querySelector(".is-lifted")) return;
  const url = `/items/${row.dataset.item}/line`;
  const answer = await get(url);
  const form = answer?.ok ? formIn(answer.html) : null;
  if (!form || !row.isConnected) return failed();
  show(row, form);
  form.querySelector(/** @type {"input"} */ ("input[name=title]"))?.select();
}

/** @param {HTMLElement} row @param {HTMLFormElement} form */
async function save(row, form) {
  const body = fieldsOf(form);
  const button = form.querySelector("button");
  button?.setAttribute("disabled", "");
  const answer = await post(form.action, body);
  button?.removeAttribute("disabled");
  if (!answer) return failed();
  const again = answer.ok ? null : formIn(answer.html);
  if (again) return show(row, again);
  applyChanges(answer.html);
  if (!answer.ok) return;
  const title = row.querySelector(".title a");
  if (title) title.textContent = body.get("title");
  close(row);
  void refreshProduct(document.getElementById("backlog")?.dataset.product ?? "");
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const row = form.matches("[data-line]") && closest(event, "[data-backlog] > [data-item]");
  if (!row) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void save(row, form);
}, true);

document.addEventListener("row:edit", (event) => {
  const row = closest(event, editable);
  if (row) void open(row);
});

document.addEventListener("dblclick", (event) => {
  const row = closest(event, editable);
  if (!row || closest(event, ".move, form") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // The first of the two clicks has opened the item in the panel.
  closePanel();
  void open(row);
});

document.addEventListener("click", (event) => {
  const row = closest(event, "[data-line-cancel]") && closest(event, "[data-backlog] > [data-item]");
  if (!row) return;
  event.preventDefault();
  close(row);
});

document.addEventListener("keydown", (event) => {
  const row = closest(event, editable);
  if (!row) return;
  if (event.key === "Escape" && !event.isComposing && formOf(row)) close(row);
  else if (/^(F2|e)$/i.test(event.key) && isFree(event)) void open(row);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// Leaving the page saves what was typed, as in an open item; but after a conflict only pressing the button may replace somebody
// else's words. The form is closed, so that a page restored from the back/forward cache doesn't show it again.
window.addEventListener("pagehide", () => {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("[data-backlog] form[data-line]:not([data-conflict])"))) {
    void post(form.action, fieldsOf(form));
    close(/** @type {HTMLElement} */ (form.parentElement));
  }
});
