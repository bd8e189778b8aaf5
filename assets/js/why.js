// The two small questions of a move: why a card may come into a full column, and below which card it goes.

/**
 * Ask for the reason.
 * @param {string} html the server's sentence
 * @returns {Promise<string | null>} empty when the person thinks better of it, null where the page has no such question
 */
export function askWhy(html) {
  const dialog = document.getElementById("why-dialog");
  const field = document.getElementById("why");
  if (!(dialog instanceof HTMLDialogElement) || !(field instanceof HTMLInputElement)) return Promise.resolve(null);
  const told = document.getElementById("why-text");
  const page = new DOMParser().parseFromString(html, "text/html");
  if (told) told.textContent = page.querySelector("p")?.textContent ?? "";
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go" ? field.value.trim() : ""), { once: true });
  });
}

// Another column in *Move to…*: ask for its cards, and for a reason where it is full.
document.addEventListener("change", async (event) => {
  const choice = event.target;
  if (!(choice instanceof HTMLSelectElement) || !choice.dataset.chooseColumn) return;
  const answer = await fetch(`${choice.dataset.chooseColumn}?column=${choice.value}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [choice.form?.querySelector("[data-place]"), page.querySelector("[data-place]")];
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
});
