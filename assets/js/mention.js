// Typing @ in a text of an item offers the product's members, who may all read it; the text itself just contains @Name.
import { announce } from "./announce.js";
import { closest, make } from "./dom.js";

const MOST = 6;
const ASKED = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_ '’.-]{0,40})$/u;

/** The list of names that is open, and its field. @type {{ list: HTMLElement, area: HTMLTextAreaElement } | null} */
let open = null;

/** @param {HTMLTextAreaElement} area @returns {string | null} what was typed after the last @ */
const askedIn = (area) => ASKED.exec(area.value.slice(0, area.selectionStart))?.[1] ?? null;

/** @param {HTMLTextAreaElement} area @param {string} asked @returns {string[]} */
function fitting(area, asked) {
  const item = /** @type {HTMLElement | null} */ (area.closest("[data-members]"));
  const names = (item?.dataset.members ?? "").split("\n").filter(Boolean);
  const wanted = asked.toLocaleLowerCase();
  return names.filter((name) => name.toLocaleLowerCase().split(" ").some((_word, at, words) => words.slice(at).join(" ").startsWith(wanted))).slice(0, MOST);
}

function close() {
  if (!open) return;
  open.list.remove();
  for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"]) open.area.removeAttribute(name);
  open = null;
}

/** @param {HTMLTextAreaElement} area @param {string[]} names */
function offer(area, names) {
  close();
  const list = make("ul", { className: "mentions", id: "mentions", role: "listbox", ariaLabel: area.ariaLabel ?? "@" });
  list.append(...names.map((textContent, at) => make("li", { id: `mention-${at}`, role: "option", textContent })));
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  open = { list, area };
  mark(0);
}

/** @param {number} at */
function mark(at) {
  const options = [...(open?.list.children ?? [])];
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
  open?.area.setAttribute("aria-activedescendant", `mention-${at}`);
  announce(options[at]?.textContent ?? "");
}

/** @param {Element | undefined} option */
function take(option) {
  if (!open || !option) return;
  const { area } = open;
  const asked = askedIn(area) ?? "";
  const end = area.selectionStart;
  area.setRangeText(`${option.textContent} `, end - asked.length, end, "end");
  close();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("input", (event) => {
  const area = /** @type {HTMLTextAreaElement | null} */ (closest(event, "textarea[data-mentions]"));
  if (!area) return;
  const asked = askedIn(area);
  const names = asked === null ? [] : fitting(area, asked);
  const isWhole = names.length === 1 && names[0] === asked?.trimEnd();
  if (names.length && !isWhole) offer(area, names);
  else close();
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!open || event.target !== open.area || event.isComposing) return;
    const options = [...open.list.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") mark((at + 1) % options.length);
    else if (event.key === "ArrowUp") mark((at + options.length - 1) % options.length);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(options[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("pointerdown", (event) => {
  const option = closest(event, ".mentions [role=option]");
  if (!option) return;
  event.preventDefault();
  take(option);
});

document.addEventListener("focusout", (event) => {
  if (open && event.target === open.area) close();
});
document.addEventListener("htmx:before:swap", close);
