// Sends moves one after another, each with its command id; waits and tries again when the server is away.
import { applyChanges, board, cardOf, catchUp, shine } from "./changes.js";
import { refreshAll } from "./refresh.js";
import { showNotice } from "./toast.js";

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000];

/** @type {Promise<unknown>} */
let line = Promise.resolve();
let open = 0;

/** Whether a move is on its way, so that live changes wait for its answer. */
export const isSending = () => open > 0;

/** @param {string} name @param {Record<string, string>} values */
export function words(name, values) {
  const text = document.getElementById("board-words")?.dataset[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/**
 * Move a card on the server, in the order in which hands moved them. The screen has moved it already.
 * @param {string} ref
 * @param {Record<string, string>} values column and place
 * @param {() => void} putBack what to do when the server refuses
 */
export function sendMove(ref, values, putBack) {
  return send(`/items/${encodeURIComponent(ref)}/move`, ref, values, putBack);
}

/**
 * @param {string} url
 * @param {string | null} ref
 * @param {Record<string, string>} values
 * @param {() => void} putBack
 */
export function send(url, ref, values, putBack) {
  open += 1;
  const sent = line.then(() => carry(url, ref, { ...values, command: crypto.randomUUID() }, putBack));
  line = sent.catch(() => undefined).then(() => void (open -= 1));
  return sent;
}

/** @param {string} url @param {string | null} ref @param {Record<string, string>} values @param {() => void} putBack */
async function carry(url, ref, values, putBack) {
  if (ref) cardOf(ref)?.classList.add("is-saving");
  const answer = await insist(url, ref ?? "", values);
  if (ref) cardOf(ref)?.classList.remove("is-saving");
  if (!answer) {
    putBack();
    showNotice("bad", words("givenUp", { ref: ref ?? "" }));
    return;
  }
  if (answer.ok && answer.headers.has("X-Kanban-Replay")) return catchUp({ items: ref ? [ref] : undefined, glow: false });
  const html = await answer.text();
  if (answer.ok) return applyChanges(html);
  if (answer.headers.get("X-Kanban-Code") === "reason_required" && ref) {
    const reason = await askWhy(html);
    if (reason) return carry(url, ref, { ...values, limit_reason: reason, command: crypto.randomUUID() }, putBack);
    putBack();
    return;
  }
  putBack();
  applyChanges(html);
  const card = ref ? cardOf(ref) : null;
  if (card) shine(card, "is-refused");
  if (ref) await catchUp({ items: [ref], glow: false });
}

/** Try until there is an answer: null when it never came. @param {string} url @param {string} ref @param {Record<string, string>} values */
async function insist(url, ref, values) {
  const body = new URLSearchParams(values);
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  for (let attempt = 0; attempt <= PAUSES_MS.length; attempt += 1) {
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token } });
      if (![502, 503, 504].includes(answer.status)) return answer;
    } catch {
      // no network: the same command id goes out again
    }
    if (attempt === 0) showNotice("warn", words("waiting", { ref }));
    if (attempt < PAUSES_MS.length) await new Promise((resolve) => window.setTimeout(resolve, PAUSES_MS[attempt]));
  }
  return null;
}

/** Ask why a card may come into a full column. @param {string} html the server's sentence @returns {Promise<string>} */
function askWhy(html) {
  const dialog = document.getElementById("why-dialog");
  const field = document.getElementById("why");
  if (!(dialog instanceof HTMLDialogElement) || !(field instanceof HTMLInputElement)) return Promise.resolve("");
  const page = new DOMParser().parseFromString(html, "text/html");
  const told = document.getElementById("why-text");
  if (told) told.textContent = page.querySelector("p")?.textContent ?? "";
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go" ? field.value.trim() : ""), { once: true });
  });
}

// On a board and in a backlog the forms of pulling, taking back and of the dialog *Move to…* go the same way as a drag.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !(board() || document.querySelector("[data-backlog]")) || !form.matches("[data-pull], [data-undo], [data-move-dialog]")) return;
    if (form.matches("[data-undo]") && !/\/undo\/\d+$/.test(form.action)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    delete fields.csrf_token;
    delete fields.command;
    form.closest("[data-toast]")?.remove();
    const ref = form.dataset.moveDialog ?? /\/items\/([^/]+)\/undo/.exec(form.action)?.[1] ?? null;
    form.closest("dialog")?.close();
    void send(new URL(form.action).pathname, ref, fields, () => undefined).then(() => (board() ? undefined : refreshAll()));
  },
  true,
);

// Another column in *Move to…*: ask for its cards.
document.addEventListener("change", async (event) => {
  const choice = event.target;
  if (!(choice instanceof HTMLSelectElement) || !choice.dataset.chooseColumn) return;
  const answer = await fetch(`${choice.dataset.chooseColumn}?column=${choice.value}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const old = choice.form?.querySelector("#place");
  const fresh = page.querySelector("#place");
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
});
