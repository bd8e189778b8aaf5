// Editing columns on the board itself: by the menu in each head, by forms over the board, and by a field in place of the name.
import { applyChanges, filtered } from "./changes.js";
import { newCommand } from "./command.js";
import { board, closest, isHeld, isPlainClick, make, parsed } from "./dom.js";
import { insist } from "./insist.js";
import { draw, redraw } from "./redraw.js";
import { showNotice } from "./toast.js";

/** A sentence that the page holds for this script. @param {string} name */
export const sentence = (name) => document.getElementById("column-words")?.dataset[name] ?? "";

/**
 * Change something about columns. The board is drawn anew from the answer, once nothing is being dragged or renamed.
 * @param {string} url
 * @param {Record<string, string>} values
 * @returns {Promise<{ ok: boolean, status: number, html: string }>} a refusal has already been shown, a field's error (422) has not
 */
export async function change(url, values) {
  const asked = filtered("");
  const body = new URLSearchParams({ command: newCommand(), ...values });
  const answer = await insist(filtered(url), body, () => showNotice("warn", sentence("waits")));
  if (!answer) {
    showNotice("bad", sentence("lost"));
    return { ok: false, status: 0, html: "" };
  }
  const { html } = answer;
  if (answer.status !== 422) applyChanges(html);
  if (answer.ok && board()) {
    if (isHeld()) document.addEventListener("board:rest", () => window.setTimeout(redraw), { once: true });
    else if (answer.headers.has("X-Kanban-Replay") || filtered("") !== asked) await redraw();
    else await draw(html);
  }
  return { ok: answer.ok, status: answer.status, html };
}

document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-column-form]") || !board()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.closest("details")?.querySelector("summary")?.focus();
    void send(form);
  },
  true,
);

/** @param {HTMLFormElement} form */
async function send(form) {
  const { csrf_token: _token, ...values } = Object.fromEntries(new FormData(form));
  const button = form.querySelector("button[type=submit]");
  button?.setAttribute("disabled", "");
  const { ok, status, html } = await change(new URL(form.action).pathname, /** @type {Record<string, string>} */ (values));
  button?.removeAttribute("disabled");
  if (ok) {
    form.closest("dialog")?.close();
    const at = form.dataset.columnForm;
    if (at) /** @type {HTMLElement | null} */ (board()?.querySelector(`[data-column-box="${at}"] summary`))?.focus();
    return;
  }
  if (status !== 422) return;
  const fresh = parsed(html).querySelector("#column-form");
  if (!fresh) return;
  form.closest("#column-form")?.replaceWith(document.adoptNode(fresh));
  /** @type {HTMLElement | null} */ (fresh.querySelector("[aria-invalid]"))?.focus();
}

/** Turn a column's name into a field: Enter or leaving it saves, Escape keeps the old name. @param {Element | null | undefined} column @param {string} [typed] */
function rename(column, typed) {
  const handle = column?.querySelector("[data-handle]");
  if (!(column instanceof HTMLElement) || !(handle instanceof HTMLElement) || column.querySelector(".rename")) return;
  const field = make("input", { className: "rename", maxLength: 60, dir: "auto", autocomplete: "off", ariaLabel: sentence("name") });
  field.value = typed ?? handle.textContent ?? "";
  handle.parentElement?.after(field);
  field.select();
  field.focus();
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    leave(column, field, event.key === "Enter");
    handle.focus();
  });
  field.addEventListener("blur", () => leave(column, field, true));
}

/** @param {HTMLElement} column @param {HTMLInputElement} field @param {boolean} keep */
function leave(column, field, keep) {
  // Removing the field blurs it, which calls this a second time.
  if (field.readOnly) return;
  field.readOnly = true;
  const typed = field.value.trim();
  field.remove();
  document.dispatchEvent(new CustomEvent("board:rest", { detail: "columns" }));
  const handle = column.querySelector("[data-handle]");
  const name = handle?.textContent ?? "";
  const form = column.querySelector("a[data-rename]");
  if (!keep || !handle || !typed || typed === name || !(form instanceof HTMLAnchorElement)) return;
  handle.textContent = typed;
  void change(new URL(form.href).pathname, { name: typed, was_name: name, view: "board" }).then(({ ok, status, html }) => {
    if (ok) return;
    const fresh = parsed(html);
    // If somebody else has renamed it, show their name; saving again would replace that.
    handle.textContent = fresh.querySelector("[name=was_name]")?.getAttribute("value") ?? name;
    if (status !== 422) return;
    showNotice("bad", fresh.querySelector(".error")?.textContent?.trim() ?? "");
    rename(board()?.querySelector(`[data-column-box="${column.dataset.columnBox}"]`), typed);
  });
}

document.addEventListener(
  "click",
  (event) => {
    const chosen = closest(event, "a[data-rename]");
    if (!chosen || !board() || !isPlainClick(event)) return;
    event.preventDefault();
    chosen.closest("details")?.removeAttribute("open");
    window.setTimeout(() => rename(chosen.closest(".col")));
  },
  true,
);
// Rename on a click by key or on the second click by mouse, since a first click may be the beginning of a drag.
document.addEventListener("click", (event) => {
  const handle = closest(event, ".board [data-handle]");
  if (handle && event.detail !== 1 && !handle.closest(".is-folded, .is-lifted")) rename(handle.closest(".col"));
});
