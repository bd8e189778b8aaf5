// Copies a reference (data-copy) or a link (data-copy-link) and says so.
import { closest } from "./dom.js";
import { showNotice } from "./toast.js";

/** @param {string} text */
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Where the page came without TLS there is no clipboard, but there is the old way.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-copy], [data-copy-link]");
  if (!button) return;
  const { copy, copyLink, copied } = button.dataset;
  const text = copy ?? new URL(copyLink ?? "", location.origin).href;
  void write(text).then(
    () => showNotice("good", copied ?? text),
    () => showNotice("plain", text),
  );
  button.focus();
});
