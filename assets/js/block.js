// Rows of the backlog that move as one: how they stand side by side, where they came from.
import { above, below } from "./dates.js";
/**
 * How rows stand now, and the way back to it.
 * @param {HTMLElement[]} block
 * @returns {{ isSame: () => boolean, putBack: () => void }}
 */
export function standing(block) {
  const own = new Set(/** @type {Element[]} */ (block));
  /** @param {Element} row @returns {HTMLElement | null} */
  const nextOther = (row) => {
    const next = below(row);
    return next && own.has(next) ? nextOther(next) : next;
  };
  const nexts = block.map(nextOther);
  const around = block[0]?.parentElement;
  return {
    isSame: () => block.every((row, at) => nextOther(row) === nexts[at]),
    putBack: () => block.forEach((row, at) => around?.insertBefore(row, nexts[at]?.isConnected ? (nexts[at] ?? null) : null)),
  };
}

/** Put the others of a block side by side with one of them, in their order. @param {HTMLElement[]} block @param {HTMLElement} lead */
export function gather(block, lead) {
  if (block.length === 1) return;
  const at = block.indexOf(lead);
  lead.before(...block.slice(0, at));
  lead.after(...block.slice(at + 1));
}

/**
 * Put a block beside a row. One that passes only a single neighbour stays where it is and lets the neighbour pass: so what
 * has the focus keeps it.
 * @param {HTMLElement[]} block side by side
 * @param {HTMLElement} neighbour
 * @param {boolean} isAbove
 */
export function put(block, neighbour, isAbove) {
  const [first, last] = [/** @type {HTMLElement} */ (block[0]), /** @type {HTMLElement} */ (block.at(-1))];
  if (isAbove && above(first) === neighbour) last.after(neighbour);
  else if (!isAbove && below(last) === neighbour) first.before(neighbour);
  else if (isAbove) putBefore(block, neighbour, neighbour);
  else putBefore(block, neighbour, after(block, neighbour));
}

/** What stands behind a row when the block is not counted. @param {HTMLElement[]} block @param {ChildNode} row @returns {ChildNode | null} */
function after(block, row) {
  const next = row.nextSibling;
  return next && block.some((one) => one === next) ? after(block, next) : next;
}

/** In one step where the browser can: then the focus stays, which costs less than giving it back. @param {HTMLElement[]} block @param {HTMLElement} beside @param {ChildNode | null} next */
function putBefore(block, beside, next) {
  const around = /** @type {Element & { moveBefore?: (node: Node, next: Node | null) => void }} */ (beside.parentElement);
  for (const row of block) {
    if (around.moveBefore) around.moveBefore(row, next);
    else around.insertBefore(row, next);
  }
}
