// Copies a reference (data-copy) or a link (data-copy-link) and says so.
import { closest } from "./dom.js";
import { showNotice } from "./toast.js";

/** @param {string} text @returns {Promise<boolean>} */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeOldWay(text);
  }
}

/** Where the page came without TLS, or may not use the clipboard. @param {string} text */
function writeOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  return isDone;
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-copy], [data-copy-link]");
  if (!button) return;
  const { copy, copyLink, copied } = button.dataset;
  const text = copy ?? new URL(copyLink ?? "", location.origin).href;
  void write(text).then((isDone) => {
    button.focus();
    showNotice(isDone ? "good" : "plain", isDone ? (copied ?? text) : text);
  });
});
