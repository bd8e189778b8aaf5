// Lists with one entry unfolded to show its text and forms: the queue of questions and the requests. The inbox uses the steps by key.

/** Unfold one entry and fold the others; the list's data-refresh address is changed so that a live refresh keeps it unfolded. @param {HTMLElement[]} all @param {HTMLElement} wanted */
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

/** The entry that J or K leads to. @template One @param {One[]} all @param {number} at @param {string} key */
export const stepped = (all, at, key) => all[Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), all.length - 1)];

/** The index of the unfolded entry, or -1. @param {HTMLElement[]} all */
export const openIn = (all) => all.findIndex((one) => one.matches(".open"));
