// A list that is looked at before it comes in: how many items are new is read out once a column is read otherwise. What is in
// the way says so by itself.
import { announce } from "./announce.js";

document.addEventListener("htmx:after:swap", () => {
  const told = document.querySelector("form.import .import-sum")?.textContent;
  if (told) announce(told.replace(/\s+/g, " ").trim());
});
