// The small questions of a move: why a card should come into a full column, asked before the move; and why a rule was bent, asked
// after it.
import { announce } from "./announce.js";
import { post } from "./ask.js";
import { closest, make, parsed } from "./dom.js";
import { failed } from "./toast.js";

const reason = () => /** @type {HTMLInputElement | null} */ (document.getElementById("why"));

/**
 * Ask for the reason in a dialog: by one tap, or in other words.
 * @param {string} html the server's sentence
 * @returns {Promise<string | null>} empty if the person changes their mind, null if the page has no such dialog
 */
export function askWhy(html) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("why-dialog"));
  const field = reason();
  if (!dialog || !field) return Promise.resolve(null);
  const told = document.getElementById("why-text");
  if (told) told.textContent = parsed(html).querySelector("p")?.textContent ?? "";
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go" ? field.value.trim() : ""), { once: true });
  });
}

document.addEventListener("click", (event) => {
  const tap = closest(event, "[data-why-tap]");
  const field = reason();
  if (!tap || !field) return;
  field.value = tap.dataset.whyTap ?? "";
  tap.closest("dialog")?.close("go");
});

// A form that htmx sent was refused because of a full column: ask for the reason, then send the form again with it.
document.addEventListener("htmx:after:request", async (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.sourceElement;
  const code = ctx.response?.headers?.get?.("X-Kanban-Code");
  if (code !== "reason_required" || !(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const reason = await askWhy(ctx.text);
  if (!reason) return;
  const answer = make("input", { type: "hidden", name: "limit_reason", value: reason });
  form.append(answer);
  form.requestSubmit();
  form.addEventListener("htmx:finally:request", () => answer.remove(), { once: true });
});

// The answer to a question asked after a move: the toast stays, and shows the next question or thanks.
document.addEventListener(
  "submit",
  async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-why]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = form.closest("[data-why-box]");
    const fields = new FormData(form, event.submitter);
    const body = new URLSearchParams(/** @type {Record<string, string>} */ (Object.fromEntries(fields)));
    const answer = await post(form.action, body);
    const page = parsed(answer?.html ?? "");
    const next = page.querySelector("[data-why-box]");
    if (!answer?.ok || !(next instanceof HTMLElement)) {
      return failed(page.querySelector("p")?.textContent);
    }
    const held = box?.contains(document.activeElement);
    box?.replaceWith(document.adoptNode(next));
    if (held) next.focus({ preventScroll: true });
    announce(next.querySelector("p")?.textContent ?? "");
  },
  true,
);

// Choosing other words puts the focus into the field for them.
document.addEventListener(
  "toggle",
  (event) => {
    const other = /** @type {Element} */ (event.target);
    if (other.matches(".other[open]")) /** @type {HTMLElement | null} */ (other.querySelector("input:not([type=hidden])"))?.focus();
  },
  true,
);
