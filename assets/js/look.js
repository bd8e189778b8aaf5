// A list that is looked at before it comes in: how many items are new is read out once a column is read otherwise. What is in
// the way says so by itself. The columns that are left out stay open to whoever chooses among them.
import { announce } from "./announce.js";

/** @returns {HTMLDetailsElement | null} */
const aside = () => document.querySelector("form.import .left-out");

/** Where somebody chose: the id of the field, and how far the page was scrolled. @type {{ id: string, y: number } | null} */
let chose = null;

document.addEventListener("htmx:before:swap", () => {
  chose = aside()?.open ? { id: document.activeElement?.id ?? "", y: window.scrollY } : null;
});

document.addEventListener("htmx:after:swap", () => {
  const place = aside();
  if (chose && place && !place.open) {
    place.open = true;
    document.getElementById(chose.id)?.focus({ preventScroll: true });
    window.scrollTo({ top: chose.y });
  }
  const told = document.querySelector("form.import .import-sum")?.textContent;
  if (told) announce(told.replace(/\s+/g, " ").trim());
});
