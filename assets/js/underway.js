// The line of moves on their way to the server, one after another in the order in which hands made them. What is fetched
// meanwhile was written before the move arrived: it must not put the card back.

/** @type {Promise<unknown>} */
let line = Promise.resolve();
/** How many moves of each card are on their way. @type {Map<string, number>} */
const open = new Map();
/** How many moves have begun since the page was opened. */
let begun = 0;

/** Whether a move is on its way, so that live changes wait for its answer. */
export const isSending = () => open.size > 0;

/** When everything that is on its way has had its answer; null when nothing is. */
export const settled = () => (open.size ? line : null);

/** Whether the card moves on again after the move that is being answered. @param {string} ref */
export const movesOn = (ref) => (open.get(ref) ?? 0) > 1;

/**
 * Ask, while a fetch is under way, whether its answer is older than what hands did on this screen meanwhile.
 * @returns {() => boolean}
 */
export function sinceNow() {
  const before = begun;
  return () => isSending() || begun !== before;
}

/**
 * Send behind all that is in the line.
 * @template T
 * @param {string} ref the card that moves; empty where the server chooses it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function inLine(ref, work) {
  begun += 1;
  count(ref, 1);
  const sent = line.then(work).finally(() => count(ref, -1));
  line = sent.catch(() => undefined);
  return sent;
}

/** @param {string} ref @param {number} step */
function count(ref, step) {
  const now = (open.get(ref) ?? 0) + step;
  if (now) open.set(ref, now);
  else open.delete(ref);
}

// What is on its way still arrives when the page is left; what waits behind it would not.
window.addEventListener("beforeunload", (event) => {
  if ([...open.values()].reduce((sum, one) => sum + one, 0) > 1) event.preventDefault();
});
