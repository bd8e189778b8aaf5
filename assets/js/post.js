// A form sent as htmx sends one, by scripts that read the answer themselves.
const MOST_KEPT_ALIVE = 60_000;

/** @param {HTMLFormElement} form */
export const fieldsOf = (form) => new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));

/**
 * The answer, or null when there was none. What is under way when the page is left still arrives.
 * @param {string} url
 * @param {URLSearchParams} body
 * @returns {Promise<Response | null>}
 */
export function post(url, body) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const headers = { "HX-Request": "true", "X-CSRFToken": token };
  return fetch(url, { method: "POST", body, headers, keepalive: `${body}`.length < MOST_KEPT_ALIVE }).catch(() => null);
}
