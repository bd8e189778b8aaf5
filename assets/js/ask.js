// Requests like those of htmx, for scripts that handle the answer themselves.
const MOST_KEPT_ALIVE = 60_000;

/** @typedef {{ ok: boolean, status: number, headers: Headers, html: string }} Answer */

/** @param {HTMLFormElement} form */
export const fieldsOf = (form) => new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));

/**
 * The whole answer; null if there was none or it broke off, which is as good as none.
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
 * Send fields by POST. The request is kept alive when the page is left, unless it is too large for that.
 * @param {string} url
 * @param {URLSearchParams} body
 * @param {AbortSignal} [signal]
 */
export function post(url, body, signal) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  return get(url, { method: "POST", body, signal, headers: { "X-CSRFToken": token }, keepalive: `${body}`.length < MOST_KEPT_ALIVE });
}
