// The menu of a row in the backlog, opened beside it; on a picked row, it acts on all picked rows.
import { list, place, rows, shift } from "./backlog.js";
import { openDialog, showDialog } from "./dialog.js";
import { closest, isFree, isPlainClick } from "./dom.js";
import { blockOf, countWords, linkFor, pickedRows, toggle } from "./pick.js";

/** @typedef {"up" | "down" | "top" | "bottom"} Way */

const menu = () => /** @type {HTMLDialogElement | null} */ (document.getElementById("row-menu"));

/** @param {HTMLElement} row */
const refs = (row) => blockOf(row).map((one) => one.dataset.item).join(" ");

/** @param {HTMLElement} button @param {HTMLElement} row */
function openMenu(button, row) {
  const box = menu();
  const ref = row.dataset.item ?? "";
  if (!box) return;
  box.dataset.for = ref;
  const block = blockOf(row);
  box.ariaDescription = box.dataset.many = block.length > 1 ? countWords(block.length) : "";
  for (const [name, path] of [["[data-move-link]", "move"], ["[data-split-link]", "split"], ["[data-discard-link]", "discard"], ["[data-line-link]", "line"]]) {
    box.querySelector(name)?.setAttribute("href", linkFor(ref, path) ?? `/items/${ref}/${path}`);
  }
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (box.querySelectorAll("[data-rank-link]"))) {
    const url = new URL(link.href);
    url.searchParams.set("items", refs(row));
    link.href = url.href;
  }
  showDialog(box);
  const spot = button.getBoundingClientRect();
  box.style.left = `${Math.max(8, spot.right - box.offsetWidth)}px`;
  const below = spot.bottom + 4 + box.offsetHeight < window.innerHeight;
  box.style.top = `${below ? spot.bottom + 4 : Math.max(8, spot.top - 4 - box.offsetHeight)}px`;
}

document.addEventListener(
  "click",
  (event) => {
    const button = closest(event, "a[data-row-menu]");
    const row = closest(event, "[data-backlog] [data-item]");
    if (!button || !row || !menu() || !isPlainClick(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    openMenu(button, row);
  },
  true,
);

document.addEventListener("click", (event) => {
  const box = menu();
  const choice = closest(event, "#row-menu :is(button, a)");
  if (!box || !choice) return;
  event.preventDefault();
  const row = rows().find((one) => one.dataset.item === box.dataset.for);
  box.close();
  if (choice.matches("[data-line-link]")) row?.dispatchEvent(new CustomEvent("row:edit", { bubbles: true }));
  else if (choice instanceof HTMLAnchorElement) void openDialog(choice.href);
  else if (row && choice instanceof HTMLButtonElement) {
    if (choice.value === "pick") toggle(row);
    else shift(blockOf(row), /** @type {Way} */ (choice.value));
    /** @type {HTMLElement | null} */ (row.querySelector(".move"))?.focus();
  }
});

// The buttons in the bar of picked rows.
document.addEventListener("click", (event) => {
  const button = closest(event, "[data-picked] button[value]");
  if (button instanceof HTMLButtonElement) shift(pickedRows(), /** @type {Way} */ (button.value));
});

// P opens the form that asks for the number of a place.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "p" || !isFree(event)) return;
  const row = closest(event, "[data-backlog][data-sortable] [data-item]");
  if (!row) return;
  event.preventDefault();
  void openDialog(`${list()?.dataset.ranks ?? ""}?items=${encodeURIComponent(refs(row))}`);
});

// When the number is given, the rows are moved on the screen at once.
document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-rank-at]") || !list()) return;
    const fields = new FormData(form);
    const refs = String(fields.get("items") ?? "").split(" ");
    const block = rows().filter((row) => refs.includes(row.dataset.item ?? ""));
    if (!block.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.closest("dialog")?.close();
    place(block, Number(fields.get("place")));
    /** @type {HTMLElement | null | undefined} */ (block[0]?.querySelector(".title a"))?.focus();
    block[0]?.scrollIntoView({ block: "nearest" });
  },
  true,
);
