// What others have changed since the reader last looked: tells the server which version has been on the screen for a while, and keeps
// the marks of what is new on cards that are drawn anew.
import { post } from "./ask.js";
import { board, make } from "./dom.js";

const LOOK_MS = 8000;
const AGAIN_MS = 60_000;
let told = 0;
let toldAt = 0;

/** @returns {HTMLElement | null} */
const line = () => document.querySelector("[data-seen]");

/** The version that is on the screen. */
const shown = () => Number(board()?.dataset.version ?? document.getElementById("backlog")?.dataset.version ?? 0);

/** Report a look. The page may be left right after it, and no harm is done if it does not arrive. */
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
    // A person who leaves the page after a while has seen what came in meanwhile.
    if (document.hidden && since && Date.now() - since >= LOOK_MS) look();
    start();
  });
}

/** Mark the cards that are new to this reader: fragments of cards are the same for all readers and come without the mark. */
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
