// Blocks: rows of the backlog that are moved as one. Puts them side by side, moves them, and puts them back where they came from.
import { above, below } from "./dates.js";
/**
 * Remember where rows are now; `isSame` tells whether they are still there, `putBack` returns them.
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

/** Put a block's other rows side by side with its `lead`, keeping their order. @param {HTMLElement[]} block @param {HTMLElement} lead */
export function gather(block, lead) {
  if (block.length === 1) return;
  const at = block.indexOf(lead);
  lead.before(...block.slice(0, at));
  lead.after(...block.slice(at + 1));
}

/**
 * Put a block beside a row. To pass a single neighbour, the neighbour is moved instead, so that the focus stays in the block.
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

/** The node after a row, skipping the rows of the block. @param {HTMLElement[]} block @param {ChildNode} row @returns {ChildNode | null} */
function after(block, row) {
  const next = row.nextSibling;
  return next && block.some((one) => one === next) ? after(block, next) : next;
}

/** Insert the block before a node; with moveBefore where the browser has it, which keeps the focus and costs less. @param {HTMLElement[]} block @param {HTMLElement} beside @param {ChildNode | null} next */
function putBefore(block, beside, next) {
  const around = /** @type {Element & { moveBefore?: (node: Node, next: Node | null) => void }} */ (beside.parentElement);
  for (const row of block) {
    if (around.moveBefore) around.moveBefore(row, next);
    else around.insertBefore(row, next);
  }
}
