// The choices of the command bar: at once what is on this page, and a moment later what the server finds.
import { get } from "./ask.js";
import { copy } from "./copy.js";
import { openDialog } from "./dialog.js";
import { send } from "./moves.js";
import { openPanel } from "./panel.js";
import { refreshAll } from "./refresh.js";

/** @typedef {{ ref: string, text: string, kind: string, go: () => void, node?: Element, head?: boolean }} Choice */

/** @param {Element | null} element */
const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

/** All choices that this page has: items, pages and actions. @returns {Choice[]} */
function onPage() {
  return [...itemsHere(), ...pages(), ...deeds()];
}

/** @returns {Choice[]} */
function itemsHere() {
  const links = [...document.querySelectorAll("[data-item]")].map((item) => item.querySelector(".title a"));
  return links.flatMap((link) => {
    const ref = link?.closest("[data-item]")?.getAttribute("data-item") ?? "";
    return link instanceof HTMLAnchorElement ? [{ ref, text: words(link), kind: words(link.closest(".col")?.querySelector("h2") ?? null), go: () => void openPanel(ref, link.href) }] : [];
  });
}

/** The pages of the rail first, then products and the person's own, then what the rail has no room for. @returns {Choice[]} */
function pages() {
  const found = [".rail .pages a", ".rail .switcher a, .rail .me a"].flatMap((where) => [...document.querySelectorAll(where)]);
  const ways = document.querySelector("template[data-ways]");
  const beyond = ways instanceof HTMLTemplateElement ? ways.content.querySelectorAll("a") : [];
  const links = /** @type {HTMLAnchorElement[]} */ ([...found, ...beyond]);
  return links.map((link) => {
    const text = words(link.querySelector(".name")) || words(link);
    return { ref: "", text, kind: link.closest(".switcher") ? "↗" : "→", go: () => window.location.assign(link.href) };
  });
}

/** The page's own buttons. @returns {Choice[]} */
function deeds() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".top .actions :is(a, button):not([data-palette-open])")]);
  return buttons.filter(words).map((button) => ({ ref: "", text: words(button), kind: button.dataset.key?.toUpperCase() ?? "", go: () => button.click() }));
}

/** The choices that contain every word of the query. @param {Choice[]} all @param {string} query @returns {Choice[]} */
export function holding(all, query) {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((one) => one.head || parts.every((part) => `${one.ref} ${one.text}`.toLowerCase().includes(part)));
}

/** The items that the server found for fewer letters and that fit the longer query too. @param {Choice[]} earlier @param {string} query */
export const remaining = (earlier, query) => holding(earlier, query).filter((one) => one.ref);

/** What is found without the server. @param {string} query @param {boolean} commands pages and actions only @returns {Choice[]} */
export function searchHere(query, commands = false) {
  const all = commands ? [...deeds(), ...pages()] : onPage().filter((one) => query.trim() || !one.ref);
  const found = holding(all, query);
  const reference = query.trim().toUpperCase();
  if (!commands && /^[A-Z]{2,8}-\d{1,9}$/.test(reference) && !found.some((one) => one.ref === reference)) {
    found.unshift({ ref: reference, text: "", kind: "→", go: () => void openPanel(reference) });
  }
  return found;
}

/**
 * The choices that the server offers at an address; null if it can't be reached.
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<Choice[] | null>}
 */
export async function searchThere(url, signal) {
  const answer = await get(url, { signal });
  if (!answer?.ok) return answer?.status === 404 ? [] : null;
  const template = document.createElement("template");
  template.innerHTML = answer.html;
  const of = template.content.querySelector("[data-acts-of]")?.getAttribute("data-acts-of") ?? "";
  return [...template.content.querySelectorAll("li")].map((row) => told(row, of));
}

/** @param {Element} row @param {string} of the item that it is about @returns {Choice} */
function told(row, of) {
  const link = row.querySelector("a");
  const ref = row.getAttribute("data-ref") ?? "";
  if (!link) return { ref: "", text: words(row), kind: "", go: () => undefined, head: true };
  return { ref, text: words(link.querySelector(".text")), kind: words(link.querySelector(".kind")), node: link, go: () => follow(link, of) };
}

/** @param {HTMLAnchorElement} link from a fragment, where a relative href has nothing to resolve against @param {string} of */
function follow(link, of) {
  const { act, fields, copied, panel } = link.dataset;
  const url = new URL(link.getAttribute("href") ?? "", location.href);
  if (act === "dialog") return void openDialog(url.href);
  if (act === "post") return void carryOut(url.pathname, of, Object.fromEntries(new URLSearchParams(fields)));
  if (act === "copy") return void copy(url.href, copied ?? "");
  if (panel) return void openPanel(panel, url.href);
  window.location.assign(url.href);
}

/** @param {string} path @param {string} ref @param {Record<string, string>} fields */
async function carryOut(path, ref, fields) {
  await send(path, ref, fields);
  await refreshAll();
}
