// The rows that are ticked in the history, and the buttons that act on them: each names how many it changes.

const LABELS = {
  read: (count) => `Mark ${count} as read`,
  unread: (count) => `Mark ${count} as unread`,
  archive: (count) => `Archive ${count}`,
  delete: (count) => `Delete ${count}`,
};
/** The statuses that an action changes. */
const CHANGES = { read: ["unread"], unread: ["read", "archived"], archive: ["unread", "read"], delete: ["unread", "read", "archived"] };

const selected = new Set();
let last = null;

const boxes = () => [...document.querySelectorAll("#history .item-check")];

export function listenToSelection() {
  document.addEventListener("click", click);
  document.addEventListener("change", ({ target }) => target.matches(".item-check") && showSelection());
}

/** A swap clears the boxes of what it replaces. */
export function restoreSelection() {
  if (!selected.size) return;
  for (const box of boxes()) box.checked = selected.has(box.value);
  showSelection();
}

export function clearSelection() {
  for (const box of boxes()) box.checked = false;
  showSelection();
}

/** With Shift, all from the last row that was ticked to this one. */
function click({ target, shiftKey }) {
  if (target.closest("[data-unselect]")) return clearSelection();
  const row = target.closest("#history .item");
  const box = row?.querySelector(".item-check");
  if (!box || (target !== box && (!shiftKey || target.closest("a, button, summary, .menu, textarea")))) return;
  if (target !== box) box.checked = !box.checked;
  if (shiftKey && last?.isConnected) tickRange(last, box);
  last = box;
  showSelection();
}

function tickRange(from, to) {
  const all = boxes();
  const [first, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(first, end + 1)) box.checked = to.checked;
  getSelection().empty();
}

function showSelection() {
  const bar = document.querySelector(".selection");
  if (!bar) return;
  const ticked = boxes().filter((box) => box.checked);
  selected.clear();
  for (const box of ticked) selected.add(box.value);
  const statuses = ticked.map((box) => box.closest(".item").dataset.status);
  const count = bar.querySelector("#selected-count");
  const text = ticked.length ? `${ticked.length} selected` : "";
  if (count.textContent !== text) count.textContent = text;
  for (const button of bar.querySelectorAll("[formaction]")) {
    const action = button.getAttribute("formaction").split("/").at(-1);
    const changed = statuses.filter((status) => CHANGES[action].includes(status)).length;
    button.textContent = LABELS[action](changed);
    button.hidden = changed === 0;
  }
}
