// Asks the server as htmx does, for scripts that read the answer themselves.
const MOST_KEPT_ALIVE = 60_000;

/** @typedef {{ ok: boolean, status: number, headers: Headers, html: string }} Answer */

/** @param {HTMLFormElement} form */
export const fieldsOf = (form) => new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));

/**
 * The whole answer; null when there was none, or when it broke off, which tells no more than none.
 * @param {string | URL} url
 * @param {RequestInit} [more]
 * @returns {Promise<Answer | null>}
 */
export async function get(url, more) {
  try {
    const answer = await fetch(url, { ...more, headers: { "HX-Request": "true", ...more?.headers } });
    return { ok: answer.ok, status: answer.status, headers: answer.headers, html: await answer.text() };
  } catch {
    return null;
  }
}

/**
 * Send fields; what is under way when the page is left still arrives.
 * @param {string} url
 * @param {URLSearchParams} body
 * @param {AbortSignal} [signal]
 */
export function post(url, body, signal) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  return get(url, { method: "POST", body, signal, headers: { "X-CSRFToken": token }, keepalive: `${body}`.length < MOST_KEPT_ALIVE });
}
