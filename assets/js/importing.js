// The preview of an import: when a column is read as something else, the preview is drawn anew and the number of new items is
// announced. The section of left-out columns stays open, and the field that was used stays where it is on the screen, whatever is
// drawn above it. Problems announce themselves.
import { announce } from "./announce.js";

/** @returns {HTMLDetailsElement | null} */
const aside = () => document.querySelector("form.import .left-out");

/** The field that was used: its id, how far it was below the top of the screen, and whether the left-out columns were open.
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
