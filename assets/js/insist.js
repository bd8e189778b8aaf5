// Sends a form again and again until there is an answer, so that nothing is lost while the server is away. That is safe, since a
// command with the same id is carried out once.
import { post } from "./ask.js";

const PAUSES_MS = [500, 1000, 2000, 4000, ...Array.from({ length: 15 }, () => 8000)];
const AWAY = [502, 503, 504];
/** How long to wait for an answer before saying so, and before giving the attempt up and trying again. */
const QUIET_MS = 5000;
const HUNG_MS = 20_000;

/** How many sends are waiting for the server; leaving the page would lose them. */
let waiting = 0;

/**
 * Send a form and return the answer, or null if none came after all attempts.
 * @param {string} url
 * @param {URLSearchParams} body with its command id
 * @param {() => void} onAway called once, when there is no answer yet
 * @returns {Promise<import("./ask.js").Answer | null>}
 */
export async function insist(url, body, onAway) {
  let isTold = false;
  const tell = () => {
    if (!isTold) onAway();
    isTold = true;
  };
  for (let attempt = 0; attempt <= PAUSES_MS.length; attempt += 1) {
    const quiet = window.setTimeout(tell, QUIET_MS);
    const answer = await post(url, body, AbortSignal.timeout(HUNG_MS));
    window.clearTimeout(quiet);
    if (answer && !AWAY.includes(answer.status)) return answer;
    tell();
    waiting += 1;
    await pause(PAUSES_MS[attempt] ?? 0);
    waiting -= 1;
  }
  return null;
}

window.addEventListener("beforeunload", (event) => {
  if (waiting) event.preventDefault();
});

/** Wait, but no longer than until the network is back. @param {number} length_ms @returns {Promise<void>} */
function pause(length_ms) {
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, length_ms);
    function done() {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
    window.addEventListener("online", done);
  });
}
