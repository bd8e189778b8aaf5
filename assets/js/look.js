// A list that is looked at before it comes in: how many items are new is read out once a column is read otherwise. What is in
// the way says so by itself. The columns that are left out stay open to whoever chooses among them, and the field stays where it is
// on the screen whatever is told above it.
import { announce } from "./announce.js";

/** @returns {HTMLDetailsElement | null} */
const aside = () => document.querySelector("form.import .left-out");

/** Where somebody chose: the id of the field, how far it was below the top of the screen, and whether what is left out was open.
 * @type {{ id: string, top: number, open: boolean } | null} */
let chose = null;

document.addEventListener("htmx:before:swap", () => {
  const field = document.activeElement?.closest("form.import select");
  chose = { id: field?.id ?? "", top: field?.getBoundingClientRect().top ?? 0, open: aside()?.open ?? false };
});

document.addEventListener("htmx:after:swap", () => {
  const place = aside();
  if (chose?.open && place) place.open = true;
  const field = chose && document.getElementById(chose.id);
  if (chose && field) {
    field.focus({ preventScroll: true });
    window.scrollBy({ top: field.getBoundingClientRect().top - chose.top, behavior: "instant" });
  }
  const told = document.querySelector("form.import .import-sum")?.textContent;
  if (told) announce(told.replace(/\s+/g, " ").trim());
});
