// Copies a reference (data-copy) or a link (data-copy-link) to the clipboard and says so.
import { closest, make } from "./dom.js";
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

/** For pages that were served without TLS or may not use the clipboard. @param {string} text */
function writeOldWay(text) {
  const area = make("textarea", { value: text, className: "sr" });
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  return isDone;
}

/** Copy a text and say so; if that fails, show the text itself. @param {string} text @param {string} sentence */
export async function copy(text, sentence) {
  const isDone = await write(text);
  showNotice(isDone ? "good" : "plain", isDone ? sentence : text);
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-copy], [data-copy-link]");
  if (!button) return;
  const { copy: word, copyLink, copied } = button.dataset;
  const text = word ?? new URL(copyLink ?? "", location.origin).href;
  void copy(text, copied ?? text).then(() => button.focus());
});
