// New rows while a list is being read: they are held back, so that nothing moves under the pointer or the focus, and a button over the
// list counts them. They are shown when it is pressed, or when the reader leaves the list. A history with a filter is loaded again as a
// whole, so what is new is found by position: above all that the reader has.

const SCROLLED_PX = 120;
const lists = [];

export function listenForArrivals() {
  for (const id of ["inbox-list", "history"]) watch(document.getElementById(id));
  document.addEventListener("click", ({ target }) => {
    const of = target.closest(".news")?.dataset.of;
    if (of) showHeld(lists.find(({ root }) => root.id === of));
  });
  for (const name of ["pointerout", "focusout", "toggle"]) document.addEventListener(name, () => requestAnimationFrame(acceptUnread), true);
  addEventListener("scroll", () => requestAnimationFrame(scrolled), { capture: true, passive: true });
}

/** The element stays the same for the life of the page: swaps morph it. A morph also takes away the marks of held rows. */
function watch(root) {
  if (!root) return;
  const list = { root, asked: "", known: new Set(), newest: 0, scrolled: isScrolled(root) };
  lists.push(list);
  accept(list);
  new MutationObserver(() => hold(list)).observe(root, { childList: true, subtree: true, attributeFilter: ["data-held"] });
}

function hold(list) {
  if (!isRead(list) || filters(list.root) !== list.asked) return accept(list);
  for (const row of rowsOf(list.root)) if (isNew(row, list) && !("held" in row.dataset)) row.dataset.held = "";
  count(list);
}

/** All rows are shown; what comes from now on is new. */
function accept(list) {
  const rows = rowsOf(list.root);
  for (const row of held(list.root)) delete row.dataset.held;
  list.asked = filters(list.root);
  list.known = new Set(rows.map(({ id }) => id));
  list.newest = rows.reduce((newest, row) => Math.max(newest, Number(row.dataset.position)), 0);
  count(list);
}

/** Read here only: amid changes it would make the browser lay out the page once for each, 25 ms with a thousand rows. */
function scrolled() {
  for (const list of lists) list.scrolled = isScrolled(list.root);
  acceptUnread();
}

const isScrolled = (root) => (root.id === "history" ? scrollY > SCROLLED_PX : root.scrollTop > 0);

function acceptUnread() {
  for (const list of lists) if (held(list.root).length && !isRead(list)) accept(list);
}

function showHeld(list) {
  const [first] = held(list.root);
  accept(list);
  if (list.root.id === "history") scrollTo(0, 0);
  else list.root.scrollTop = 0;
  first?.querySelector("summary").focus();
}

/** Whether a reader is here: the pointer or the focus is in the list or on its button, it is scrolled, or behind the open panel. */
function isRead({ root, scrolled }) {
  const panel = document.querySelector("#inbox:popover-open");
  if (root.id !== "history" && !panel) return false;
  if (root.contains(document.activeElement) || newsOf(root).matches(":hover, :focus-within")) return true;
  if (root.id === "history") return Boolean(panel) || scrolled || Boolean(root.querySelector(".items:hover"));
  return scrolled || root.matches(":hover");
}

const newsOf = (root) => document.querySelector(`.news[data-of="${root.id}"]`);
const rowsOf = (root) => [...root.querySelectorAll(".item")];
const held = (root) => [...root.querySelectorAll("[data-held]")];
const isNew = (row, { known, newest }) => !known.has(row.id) && Number(row.dataset.position) > newest;

/** What the rows were asked for by: those of other filters are no arrivals. */
function filters(root) {
  return [...root.querySelectorAll("#asked > [name]:not([name=limit])")].map(({ value }) => value).join("\n");
}

function count({ root }) {
  const news = newsOf(root);
  const number = held(root).length;
  const text = `${number} new`;
  news.hidden = number === 0;
  if (news.firstElementChild.textContent !== text) news.firstElementChild.textContent = text;
}
