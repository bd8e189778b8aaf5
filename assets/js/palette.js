// Search and commands in one field: the items on this page, the pages, any reference, and this page's actions.
import { announce } from "./announce.js";
import { showDialog } from "./dialog.js";
import { closest } from "./dom.js";
import { openPanel } from "./panel.js";

/** @typedef {{ ref: string, text: string, kind: string, go: () => void }} Choice */

const MOST = 12;
const palette = document.getElementById("palette");
const input = palette?.querySelector("input");
const list = document.getElementById("palette-list");
/** @type {Choice[]} */
let shown = [];
let at = 0;

/** @param {Element | null} element */
const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

/** Everything that can be chosen here, read from the page as it stands. @returns {Choice[]} */
function choices() {
  /** @type {Choice[]} */
  const all = [];
  for (const item of document.querySelectorAll("[data-item]")) {
    const ref = item.getAttribute("data-item") ?? "";
    const link = item.querySelector(".title a");
    if (link instanceof HTMLAnchorElement) all.push({ ref, text: words(link), kind: "", go: () => void openPanel(ref, link.href) });
  }
  for (const link of document.querySelectorAll(".rail .pages a, .rail .switcher a, .rail .me a")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const text = words(link.querySelector(".name")) || words(link);
    all.push({ ref: "", text, kind: link.closest(".switcher") ? "↗" : "→", go: () => window.location.assign(link.href) });
  }
  for (const action of document.querySelectorAll(".top .actions :is(a, button):not([data-palette-open])")) {
    if (action instanceof HTMLElement && words(action)) all.push({ ref: "", text: words(action), kind: action.dataset.key?.toUpperCase() ?? "", go: () => action.click() });
  }
  return all;
}

/** @param {string} query @returns {Choice[]} */
function search(query) {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices().filter((one) => (parts.length ? parts.every((part) => `${one.ref} ${one.text}`.toLowerCase().includes(part)) : !one.ref));
  const reference = query.trim().toUpperCase();
  if (/^[A-Z]{2,8}-\d+$/.test(reference) && !found.some((one) => one.ref === reference)) {
    found.unshift({ ref: reference, text: "", kind: "→", go: () => void openPanel(reference) });
  }
  return found.slice(0, MOST);
}

function draw() {
  if (!list || !input) return;
  list.replaceChildren();
  shown.forEach((choice, index) => {
    const row = document.createElement("li");
    row.id = `choice-${index}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(index === at));
    const link = document.createElement("a");
    link.dataset.choice = String(index);
    for (const [text, name] of [[choice.ref, "ref"], [choice.text, "text"], [choice.kind, "kind"]]) {
      if (!text) continue;
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      link.append(part);
    }
    row.append(link);
    list.append(row);
  });
  if (!shown.length) {
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = list.dataset.empty ?? "";
    list.append(none);
    announce(none.textContent);
  }
  input.setAttribute("aria-activedescendant", shown.length ? `choice-${at}` : "");
  document.getElementById(`choice-${at}`)?.scrollIntoView({ block: "nearest" });
}

function refresh() {
  at = 0;
  shown = search(input?.value ?? "");
  draw();
}

/** @param {number} index */
function choose(index) {
  const choice = shown[index];
  if (!choice || !(palette instanceof HTMLDialogElement)) return;
  palette.close();
  choice.go();
}

function open() {
  if (!(palette instanceof HTMLDialogElement) || !input) return;
  input.value = "";
  refresh();
  showDialog(palette);
  input.focus();
}

input?.addEventListener("input", refresh);
input?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (shown.length) at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    choose(at);
  }
});
document.addEventListener("click", (event) => {
  const choice = closest(event, "[data-choice]");
  if (choice) choose(Number(choice.dataset.choice));
  else if (closest(event, "[data-palette-open]")) open();
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault();
  open();
});
