// The tabs *Write* and *Preview* of a Markdown field, by pointer and arrow keys; the server draws the preview.
import { post } from "./ask.js";
import { closest } from "./dom.js";

/** @param {HTMLElement} tab */
async function choose(tab) {
  const list = tab.closest("[role=tablist]");
  const form = tab.closest("form");
  for (const other of /** @type {NodeListOf<HTMLElement>} */ (list?.querySelectorAll("[role=tab]") ?? [])) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls") ?? "")?.toggleAttribute("hidden", other !== tab);
  }
  tab.focus();
  const place = document.getElementById(tab.getAttribute("aria-controls") ?? "");
  if (!tab.dataset.preview || !form || !place) return;
  const text = form.querySelector("textarea");
  const words = text?.value ?? "";
  const answer = await post(tab.dataset.preview, new URLSearchParams({ [text?.name ?? "text"]: words }));
  if (text && text.value !== words) return; // a later one is on its way, or will be
  place.replaceChildren();
  if (answer?.ok) place.innerHTML = answer.html;
  else place.textContent = document.getElementById("toasts")?.dataset.failed ?? "";
}

document.addEventListener("click", (event) => {
  const tab = closest(event, ".write-tabs [role=tab]");
  if (!tab) return;
  void choose(tab);
  if (event.detail && !tab.dataset.preview) tab.closest("form")?.querySelector("textarea")?.focus(); // chosen by pointer: go on writing at once
});

document.addEventListener("keydown", (event) => {
  const tab = closest(event, ".write-tabs [role=tab]");
  if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const other = tab.parentElement?.querySelector('[role=tab][aria-selected="false"]');
  if (other instanceof HTMLElement) void choose(other);
});
