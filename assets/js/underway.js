// The line of moves that are sent to the server one after another, in the order in which they were made. Anything fetched meanwhile
// may have been read before the move arrived, and must not put the card back.

/** @type {Promise<unknown>} */
let line = Promise.resolve();
/** How many moves of each card wait behind the one that is being sent. @type {Map<string, number>} */
const behind = new Map();
/** How many moves are being sent or waiting. */
let sending = 0;
/** How many moves have begun since the page was opened. */
let begun = 0;

/** Whether a move is being sent, so that live changes have to wait for its answer. */
export const isSending = () => sending > 0;

/** A promise that resolves when all moves in the line have been answered; null if there are none. */
export const settled = () => (sending ? line : null);

/** Whether a later move of this card is waiting behind the one that is being answered. @param {string} ref */
export const movesOn = (ref) => behind.has(ref);

/**
 * Call this before a fetch; the function returned tells whether its answer may be older than a move made on this screen.
 * @returns {() => boolean}
 */
export function sinceNow() {
  const before = begun;
  return () => isSending() || begun !== before;
}

/**
 * Do some work after everything that is in the line.
 * @template T
 * @param {string} refs the references of the cards that move, separated by spaces; empty if the server chooses the card
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

// A move that is being sent still arrives when the page is left; those that wait behind it would not.
window.addEventListener("beforeunload", (event) => {
  if (sending > 1) event.preventDefault();
});
