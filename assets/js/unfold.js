// Lists of which one stands open with its words and forms: the queue of questions, the requests, and by key the inbox, too.

/** Show one, and fold the others; a live refresh leaves it open. @param {HTMLElement[]} all @param {HTMLElement} wanted */
export function unfold(all, wanted) {
  for (const one of all) {
    const is = one === wanted;
    one.classList.toggle("open", is);
    one.querySelector("[data-body]")?.toggleAttribute("hidden", !is);
    one.querySelector("[data-open]")?.toggleAttribute("hidden", is);
  }
  wanted.scrollIntoView({ block: "nearest" });
  const around = /** @type {HTMLElement} */ (wanted.closest("[data-refresh]"));
  const url = new URL(around.dataset.refresh ?? "", location.href);
  url.searchParams.set("open", wanted.dataset.question ?? wanted.dataset.request ?? "");
  around.dataset.refresh = url.pathname + url.search;
}

/** The one that J or K leads to. @template One @param {One[]} all @param {number} at @param {string} key */
export const stepped = (all, at, key) => all[Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), all.length - 1)];

/** Which one stands open. @param {HTMLElement[]} all */
export const openIn = (all) => all.findIndex((one) => one.matches(".open"));
