// The line of moves on their way to the server, one after another in the order in which hands made them. What is fetched
// meanwhile was written before the move arrived: it must not put the card back.

/** @type {Promise<unknown>} */
let line = Promise.resolve();
/** How many moves of each card wait behind the one that is under way. @type {Map<string, number>} */
const behind = new Map();
/** How many moves are on their way. */
let sending = 0;
/** How many moves have begun since the page was opened. */
let begun = 0;

/** Whether a move is on its way, so that live changes wait for its answer. */
export const isSending = () => sending > 0;

/** When everything that is on its way has had its answer; null when nothing is. */
export const settled = () => (sending ? line : null);

/** Whether the card moves on again after the move that is being answered. @param {string} ref */
export const movesOn = (ref) => behind.has(ref);

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
 * @param {string} refs the cards that move, one or several with spaces between; empty where the server chooses it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function inLine(refs, work) {
  begun += 1;
  sending += 1;
  count(refs, 1);
  const sent = line.then(() => (count(refs, -1), work())).finally(() => (sending -= 1));
  line = sent.catch(() => undefined);
  return sent;
}

/** @param {string} refs @param {number} step */
function count(refs, step) {
  for (const ref of refs.split(" ")) {
    const now = (behind.get(ref) ?? 0) + step;
    if (now) behind.set(ref, now);
    else behind.delete(ref);
  }
}

// What is on its way still arrives when the page is left; what waits behind it would not.
window.addEventListener("beforeunload", (event) => {
  if (sending > 1) event.preventDefault();
});
