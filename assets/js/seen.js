// What others changed since the reader last looked: tells the server what has stood on the screen for a while, and keeps
// the marks on cards that are drawn anew meanwhile.
import { post } from "./ask.js";
import { board, make } from "./dom.js";

const LOOK_MS = 8000;
const AGAIN_MS = 60_000;
let told = 0;
let toldAt = 0;

/** @returns {HTMLElement | null} */
const line = () => document.querySelector("[data-seen]");

/** The version that stands on the screen. */
const shown = () => Number(board()?.dataset.version ?? document.getElementById("backlog")?.dataset.version ?? 0);

/** One look; the page may be left right after it, and nothing is lost when it does not arrive. */
function look() {
  const url = line()?.dataset.seen;
  const version = shown();
  if (!url || !version || (version === told && Date.now() - toldAt < AGAIN_MS * 5)) return;
  told = version;
  toldAt = Date.now();
  void post(url, new URLSearchParams({ version: String(version) }));
}

let since = 0;
function start() {
  since = document.hidden ? 0 : Date.now();
}
start();
if (line()) {
  window.setInterval(() => {
    const lasts = since && Date.now() - since >= LOOK_MS;
    if (lasts && Date.now() - toldAt >= AGAIN_MS) look();
  }, LOOK_MS / 4);
  document.addEventListener("visibilitychange", () => {
    // Whoever leaves after a while has seen what came in meanwhile.
    if (document.hidden && since && Date.now() - since >= LOOK_MS) look();
    start();
  });
}

/** Cards come from the server without what is new to one reader. */
function mark() {
  const { changed = "", word = "" } = line()?.dataset ?? {};
  const refs = new Set(changed.split(" "));
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (board()?.querySelectorAll(".card:not(.is-news)") ?? [])) {
    if (!refs.has(card.dataset.item ?? "")) continue;
    card.classList.add("is-news");
    card.append(make("span", { className: "sr", textContent: word }));
  }
}

for (const name of ["board:changed", "board:more"]) document.addEventListener(name, mark);
