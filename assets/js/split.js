// The form for splitting: the options for criteria and links are labelled with the titles typed so far, and missing lines can't be
// chosen. Also two keys on a row or in its panel: S splits the item; Delete discards it, or all picked ones if it is one of them.
import { openDialog } from "./dialog.js";
import { closest, isFree } from "./dom.js";
import { linkFor } from "./pick.js";

const LIST_SIGN = /^\s*(?:[-*•]\s*$|(?:[-*•]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]?\]\s+)?)/;
const LONGEST = 60;

/** @param {HTMLFormElement} form @returns {string[]} */
function linesOf(form) {
  const area = /** @type {HTMLTextAreaElement | null} */ (form.querySelector("[data-split-lines]"));
  return (area?.value ?? "").split("\n").map((line) => line.replace(LIST_SIGN, "").trim()).filter((line) => line !== "");
}

/** @param {HTMLFormElement} form */
function name(form) {
  const lines = linesOf(form);
  const rest = /** @type {HTMLInputElement | null} */ (form.querySelector("[data-split-rest]"));
  const first = rest?.checked ? 2 : 1;
  for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (form.querySelectorAll("select[data-split-target]"))) {
    for (const option of select.options) {
      const line = Number(option.value);
      if (!line) continue;
      const title = lines[line - 1];
      option.hidden = option.disabled = title === undefined || line < first;
      if (title !== undefined) option.textContent = title.length > LONGEST ? `${title.slice(0, LONGEST)}…` : title;
    }
    if (select.selectedOptions[0]?.disabled) select.value = "";
  }
}

const forms = () => /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-split]"));

document.addEventListener("input", (event) => {
  const form = /** @type {HTMLFormElement | null} */ (closest(event, "form[data-split]"));
  if (form) name(form);
});
document.addEventListener("htmx:after:swap", () => forms().forEach(name));
forms().forEach(name);

/** The item that a key acts on, if the reader may split and discard it. @param {EventTarget | null} target */
function meant(target) {
  const at = target instanceof Element ? target : null;
  const item = at?.closest("#item");
  const row = at?.closest("[data-backlog][data-sortable] [data-item]") ?? (item?.querySelector('a[href$="/split"]') && item);
  return row?.getAttribute("data-item") ?? row?.getAttribute("data-item-open");
}

document.addEventListener("keydown", (event) => {
  const way = { s: "split", S: "split", Delete: "discard" }[event.key];
  if (!way || !isFree(event) || event.repeat) return;
  const ref = meant(event.target);
  if (!ref) return;
  event.preventDefault();
  void openDialog(linkFor(ref, way) ?? `/items/${ref}/${way}`);
});
