// Steps from the open item to the next or previous one of the list beside the panel, by button and by J and K (see keys.js).
import { announce } from "./announce.js";
import { closest, isNarrow } from "./dom.js";
import { openPanel, panelItem } from "./panel.js";

/** The links of all items that are displayed, in order: down a column, then the next column. @returns {HTMLAnchorElement[]} */
function links() {
  const found = [...document.querySelectorAll(".content [data-item]")].filter((one) => one.getClientRects().length);
  return found.flatMap((one) => one.querySelector("a[data-panel]") ?? []).filter((one) => one instanceof HTMLAnchorElement);
}

/** @param {Element} link */
const refOf = (link) => /** @type {HTMLElement | null} */ (link.closest("[data-item]"))?.dataset.item ?? "";

/** @param {number} step */
function neighbour(step) {
  const all = links();
  const at = all.findIndex((link) => refOf(link) === panelItem());
  return at < 0 ? all[0] : all[at + step];
}

/** Show the buttons if there is a list to step through; as soon as an item is loaded, so that the next key finds them. */
function show() {
  const isBeside = !isNarrow() && links().length > 1;
  document.getElementById("panel")?.toggleAttribute("data-steps", isBeside);
  if (!isBeside) return;
  for (const button of document.querySelectorAll("#panel [data-step]")) {
    button.setAttribute("aria-disabled", String(!neighbour(Number(button.getAttribute("data-step")))));
  }
}

document.addEventListener("click", (event) => {
  const button = closest(event, "#panel [data-step]");
  const step = button?.dataset.step;
  const link = step ? neighbour(Number(step)) : undefined;
  if (!button || !link) return;
  const held = document.activeElement === button;
  link.closest("[data-item]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  void openPanel(refOf(link), link.href, { isStep: true }).then(() => {
    if (refOf(link) === panelItem()) announce(`${refOf(link)} ${link.textContent}`);
    const same = document.querySelector(`#panel [data-step="${step}"]`);
    if (held && same instanceof HTMLElement) same.focus({ preventScroll: true });
  });
});

document.addEventListener("htmx:after:swap", show);
show();
