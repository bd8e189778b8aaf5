// Editing a row of the backlog where it stands: F2, E or a double click opens it, Enter saves, Escape gives it back. The
// text carries the revision it began from; what somebody else wrote meanwhile is never lost.
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

/** Put the form in the place of the row's words. @param {HTMLElement} row @param {HTMLFormElement} form */
function show(row, form) {
  formOf(row)?.remove();
  row.classList.add("is-editing");
  row.append(form);
  /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]") ?? form.querySelector("input[name=title]"))?.focus();
  form.scrollIntoView({ block: "nearest" }); // all of it, clear of a phone's bar
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
  // The first of the two clicks has opened the item beside the list.
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

// Whoever leaves the page meant what is typed, as in an open item; over somebody else's words goes only a press. A page that
// comes back as it was has it no more.
window.addEventListener("pagehide", () => {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("[data-backlog] form[data-line]:not([data-conflict])"))) {
    void post(form.action, fieldsOf(form));
    close(/** @type {HTMLElement} */ (form.parentElement));
  }
});
