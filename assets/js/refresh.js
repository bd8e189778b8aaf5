// Fetches the parts of a page again that say where they come from (data-refresh), unless somebody is busy in them.
import htmx from "htmx.org";

/**
 * Whether somebody is writing, choosing or carrying something in there, so that it must not change under their hands.
 * @param {Element} part
 */
export function isBusy(part) {
  if (document.body.classList.contains("is-dragging") || part.querySelector(".is-lifted, .is-editing, details.edit[open]:not(.pick)")) return true;
  if (part.contains(document.activeElement) && document.activeElement instanceof HTMLSelectElement) return true;
  return [...part.querySelectorAll("textarea, input[type=text], input:not([type])")].some(
    (field) => (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) && field.value !== field.defaultValue,
  );
}

/** @param {Element} part */
async function refresh(part) {
  const url = part.getAttribute("data-refresh");
  if (!url || !part.isConnected) return;
  await htmx.ajax("GET", url, { source: part, target: part, swap: "outerMorph" });
}

/**
 * Fetch again what shows this product; answers whether nothing had to be left as it is.
 * @param {string} key
 * @returns {Promise<boolean>}
 */
export async function refreshProduct(key) {
  const parts = [...document.querySelectorAll("[data-refresh]")].filter((part) =>
    (part.getAttribute("data-product") ?? "").split(" ").includes(key),
  );
  const free = parts.filter((part) => !isBusy(part));
  await Promise.all(free.map(refresh));
  return free.length === parts.length;
}

/** Fetch everything on the page again that can be, for instance after one's own change in a dialog. */
export async function refreshAll() {
  await Promise.all([...document.querySelectorAll("[data-refresh]")].filter((part) => !isBusy(part)).map(refresh));
}

// A form that changes what other parts of the page show says so.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.sourceElement instanceof Element ? ctx.sourceElement.closest("form[data-refreshes]") : null;
  const status = ctx.response?.status ?? 0;
  if (form && status >= 200 && status < 300) void refreshAll();
});

// What was sent before and arrived then: its answer was lost, so what it did is fetched now.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!(ctx.sourceElement instanceof HTMLFormElement) || !ctx.response?.headers.has("X-Kanban-Replay")) return;
  ctx.sourceElement.reset();
  void refreshAll();
});

// A field for one thing after another is empty again when the thing was taken.
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const status = ctx.response?.status ?? 0;
  if (ctx.sourceElement instanceof HTMLFormElement && ctx.sourceElement.matches("[data-reset]") && status >= 200 && status < 300) {
    ctx.sourceElement.reset();
  }
});
