// New rows while a list is being read: they are held back, so that nothing moves under the pointer or the focus, and a button over the
// list counts them. They are shown when it is pressed, or when the reader leaves the list.

const SCROLLED_PX = 120;
const lists = [];

export function listen() {
  for (const news of document.querySelectorAll(".news")) watch(news);
  for (const name of ["pointerout", "focusout", "toggle"]) document.addEventListener(name, () => requestAnimationFrame(showUnread), true);
  addEventListener("scroll", () => requestAnimationFrame(showUnread), { passive: true });
}

/** The element stays the same for the life of the page: swaps morph it. */
function watch(news) {
  const list = { news, of: news.dataset.of };
  lists.push(list);
  document.addEventListener("click", ({ target }) => target.closest(`.news[data-of="${list.of}"]`) && release(list, true));
  observe(list);
}

function observe(list) {
  const element = document.getElementById(list.of);
  if (!element) return;
  new MutationObserver((records) => hold(list, element, records)).observe(element, { childList: true });
}

function hold(list, element, records) {
  const replaced = new Set(records.flatMap(({ removedNodes }) => [...removedNodes]).map(({ id }) => id));
  const arrived = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.matches?.(".item") && !replaced.has(node.id));
  if (isRead(element)) for (const row of arrived) row.dataset.held = "";
  count(list);
}

/** Whether somebody reads here: the pointer or the focus is in the list, or it is scrolled. */
function isRead(element) {
  const place = element.closest("#history");
  if (!place && !element.closest(":popover-open")) return false;
  if ((place ?? element).contains(document.activeElement)) return true;
  if (place) return scrollY > SCROLLED_PX || Boolean(place.querySelector(".items:hover"));
  return element.scrollTop > 0 || element.matches(":hover");
}

function showUnread() {
  for (const list of lists) {
    const element = document.getElementById(list.of);
    if (element && held(element).length && !isRead(element)) release(list, false);
  }
}

function release(list, asked) {
  const element = document.getElementById(list.of);
  const rows = held(element);
  for (const row of rows) delete row.dataset.held;
  count(list);
  if (!asked) return;
  if (element.closest("#history")) scrollTo(0, 0);
  else element.scrollTop = 0;
  rows[0]?.querySelector("summary").focus();
}

const held = (element) => [...element.querySelectorAll(":scope > [data-held]")];

function count(list) {
  const news = document.querySelector(`.news[data-of="${list.of}"]`);
  const number = held(document.getElementById(list.of)).length;
  news.hidden = number === 0;
  news.firstElementChild.textContent = `${number} new`;
}
