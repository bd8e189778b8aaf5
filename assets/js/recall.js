// Names that this browser remembers for the person who is signed in, by what they are about. Nothing is lost where it forgets.

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
    // Asked or said again next time then.
  }
}
