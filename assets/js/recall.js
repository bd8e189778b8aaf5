// Lists of names that this browser remembers for the signed-in person, each under a subject (`about`). Nothing that matters is lost
// if the browser forgets them.

/** @param {string} about */
const place = (about) => `kanban.${about}.${document.querySelector('meta[name="live-worker"]')?.getAttribute("data-owner") ?? ""}`;

/** @param {string} about @returns {string[]} */
export function recall(about) {
  try {
    return (localStorage.getItem(place(about)) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

/** Remember a name, or forget it. @param {string} about @param {string} name @param {boolean} [isKept] */
export function remember(about, name, isKept = true) {
  const others = recall(about).filter((one) => one !== name);
  try {
    localStorage.setItem(place(about), [...others, isKept ? name : ""].join(" "));
  } catch {
    // The browser stores nothing: the person will be asked or shown it again next time.
  }
}
