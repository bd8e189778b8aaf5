// Attaches files to the open item, whether chosen, dropped on it or pasted; a card or row that files are dropped on opens for them.
// They are uploaded one batch after another, with a quiet line of progress.
import htmx from "htmx.org";

import { announce } from "./announce.js";
import { newCommand } from "./command.js";
import { closest, filled, isNarrow, parsed } from "./dom.js";
import { openPanel } from "./panel.js";
import { showTold } from "./toast.js";

/** @type {Promise<unknown>} */
let line = Promise.resolve();

/** The form of the open item, if the reader may add files. @returns {HTMLFormElement | null} */
const attachForm = () => document.querySelector("form[data-attach]");

/** @param {HTMLFormElement} form @param {string} name @param {Record<string, string | number>} [values] */
function words(form, name, values = {}) {
  return filled(form.dataset[name], values);
}

/** @param {string} url @param {string} sentence @param {boolean} [isBad] */
function tell(url, sentence, isBad = false) {
  const form = attachForm();
  const state = form?.parentElement?.querySelector("[data-attach-state]");
  if (!state || form?.action !== url) return;
  state.textContent = sentence;
  state.classList.toggle("bad", isBad);
  if (isBad) announce(sentence);
}

/**
 * A sentence about what is wrong with these files before they are sent, or "".
 * @param {HTMLFormElement} form
 * @param {File[]} files
 */
function objection(form, files) {
  if (files.length > Number(form.dataset.most)) return words(form, "many");
  const large = files.find((file) => file.size > Number(form.dataset.mostBytes));
  return large ? words(form, "large", { name: large.name }) : "";
}

/** @param {File[]} files */
function attach(files) {
  const form = attachForm();
  if (!form || !files.length) return;
  const wrong = objection(form, files);
  if (wrong) return tell(form.action, wrong, true);
  const { action } = form;
  const fields = new FormData(form);
  fields.delete("file");
  for (const file of files) fields.append("file", file, file.name);
  const sending = (/** @type {number} */ percent) => tell(action, words(form, "sending", { percent }));
  sending(0);
  line = line.then(() => send(action, fields, sending, words(form, "failed")));
}

/**
 * @param {string} url
 * @param {FormData} fields
 * @param {(percent: number) => void} sending
 * @param {string} failed
 * @returns {Promise<void>}
 */
function send(url, fields, sending, failed) {
  fields.set("command", newCommand());
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) sending(Math.floor((100 * event.loaded) / event.total));
    });
    request.addEventListener("loadend", async () => {
      const isKept = request.status === 200;
      if (isKept) {
        await show(url);
        showTold(request.responseText);
      }
      tell(url, isKept ? "" : problem(request.responseText) || failed, !isKept);
      resolve();
    });
    request.send(fields);
  });
}

/** The error sentence in a refusal. @param {string} html */
function problem(html) {
  const page = parsed(html.replaceAll("hx-partial", "div"));
  return page.querySelector("#attachments .error, [data-toast] p, .toast p")?.textContent?.trim() ?? "";
}

/** Fetch the item again, if it is still open. @param {string} url */
async function show(url) {
  const item = attachForm()?.action === url ? attachForm()?.closest("[data-item-open]") : null;
  if (item) await htmx.ajax("GET", item.getAttribute("data-refresh") ?? "", { source: item, target: item, swap: "outerMorph" });
}

document.addEventListener("change", (event) => {
  const input = closest(event, "form[data-attach] input[type=file]");
  if (!(input instanceof HTMLInputElement)) return;
  attach([...(input.files ?? [])]);
  input.value = "";
});

/** Whether files are being dragged over anything but a field for files, which takes them by itself. @param {DragEvent} event */
const isBrought = (event) => event.dataTransfer?.types.includes("Files") && !closest(event, "input[type=file]");

/** The open item that takes the files, or the card or row that opens for them. @param {DragEvent} event @returns {HTMLElement | null} */
function target(event) {
  if (!isBrought(event)) return null;
  const item = closest(event, "[data-item-open]");
  if (item) return item.querySelector("form[data-attach]") ? item : null;
  return document.getElementById("panel") && !isNarrow() ? closest(event, "[data-item]") : null;
}

/** @param {HTMLElement} place @param {File[]} files */
async function bring(place, files) {
  const ref = place.dataset.item;
  if (ref) await openPanel(ref);
  if (!ref || attachForm()?.closest(`[data-item-open="${ref}"]`)) attach(files);
}

/** @param {Element | null} item */
function mark(item) {
  for (const other of document.querySelectorAll(".takes-files")) if (other !== item) other.classList.remove("takes-files");
  item?.classList.add("takes-files");
}

// A file that is dropped beside all items is not taken, and must not be opened in place of the page either.
document.addEventListener("dragover", (event) => {
  const item = target(event);
  mark(item);
  if (!isBrought(event)) return;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = item ? "copy" : "none";
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(null);
});
document.addEventListener("drop", (event) => {
  const item = target(event);
  mark(null);
  if (isBrought(event)) event.preventDefault();
  if (item) void bring(item, [...(event.dataTransfer?.files ?? [])]);
});

document.addEventListener("paste", (event) => {
  const pasted = event.clipboardData;
  if (document.querySelector("dialog[open]")) return;
  if (!attachForm() || !pasted?.files.length || pasted.types.includes("text/plain")) return;
  event.preventDefault();
  attach([...pasted.files].map(named));
});

/** The size in bytes of the last image that was pasted, and the name it was given. */
let size = 0;
let name = "";

/**
 * Name an image from the clipboard by the time, since it is always called image.png. The same image pasted again keeps its name.
 * @param {File} file
 */
function named(file) {
  if (file.name !== "image.png") return file;
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  if (file.size !== size) name = `image ${now.slice(0, 10)} ${now.slice(11, 19).replaceAll(":", ".")}.png`;
  ({ size } = file);
  return new File([file], name, { type: file.type });
}
