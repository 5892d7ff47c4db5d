// Rows of notifications: opened in place by a click, moved through and acted on by keys, archived by a swipe.
// Keys act only while a row has the focus: arrows move (down from the search field, too), `o` opens, `e` archives, `u` marks as read or unread, `x` selects.

const CONTROLS = "a, button, input, textarea, label, summary, .menu, .reply";
// From where the arrow leads into the history: its search field, and the main part when the link "skip" leads there.
const BEFORE = "#filters [type=search], main:focus-visible:has(#history)";
const SWIPE_PX = 96;
const opened = new Set();
let touch = null;

const rowOf = (element) => element.closest?.(".item:not(.preview *)");

export function listenToRows() {
  document.addEventListener("click", ({ target, shiftKey }) => {
    const row = rowOf(target);
    if (row && !shiftKey && !target.closest(CONTROLS) && getSelection().isCollapsed) toggle(row);
    const reply = target.closest(".reply summary")?.parentElement;
    if (reply) requestAnimationFrame(() => reply.open && reply.querySelector("textarea").focus());
  });
  document.addEventListener("toggle", ({ target }) => remember(target), true);
  document.addEventListener("keydown", press);
  document.addEventListener("touchstart", startSwipe, { passive: true });
  document.addEventListener("touchmove", swipe, { passive: true });
  document.addEventListener("touchend", endSwipe);
  document.addEventListener("touchcancel", () => endSwipe());
}

/** A swap closes what it replaces; the reader has not closed it. */
export function reopenRows() {
  for (const selector of opened) {
    const details = document.querySelector(selector);
    if (details && !details.open) details.open = true;
  }
}

/** A row's own, or those of its reply. */
function remember(details) {
  const row = details.matches("details") && rowOf(details);
  if (!row?.isConnected) return;
  const selector = `#${row.id} ${details.parentElement === row ? "> details" : ".reply details"}`;
  if (details.open) opened.add(selector);
  else opened.delete(selector);
}

function toggle(row) {
  const details = row.querySelector(":scope > details");
  details.open = !details.open;
}

function press(event) {
  const { target, key } = event;
  if (key === "ArrowDown" && target.matches(BEFORE) && move(null, document.getElementById("history"), 1)) return event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("textarea, select, input:not([type=checkbox])")) return;
  const row = rowOf(target);
  const place = target.closest("#inbox, #history");
  if (!place || target.closest(".menu") || !act(key, row, place)) return;
  event.preventDefault();
}

/** Whether the key has a meaning here. */
function act(key, row, place) {
  if (key === "ArrowDown" || key === "ArrowUp") return move(row, place, key === "ArrowDown" ? 1 : -1);
  if (!row) return false;
  if (key === "e") return pressIn(row, "[data-action=archive]");
  if (key === "u") return pressIn(row, "[data-action=read], [data-action=unread]");
  if (key === "x") return pressIn(row, ".item-check");
  if (key !== "o") return false;
  if (!pressIn(row, ".item-links > a")) toggle(row);
  return true;
}

function pressIn(row, selector) {
  const control = row.querySelector(selector);
  control?.click();
  return Boolean(control);
}

function move(row, place, step) {
  const rows = [...place.querySelectorAll(".item:not([data-held])")];
  const next = rows[row ? rows.indexOf(row) + step : 0];
  next?.querySelector("summary").focus();
  return Boolean(next);
}

function startSwipe({ target, touches }) {
  const row = rowOf(target);
  const control = row?.querySelector("[data-action=archive]");
  if (control && touches.length === 1 && !target.closest("textarea, .menu")) touch = { row, control, x: touches[0].clientX, by: 0 };
}

function swipe({ touches }) {
  if (!touch) return;
  const by = touches[0].clientX - touch.x;
  touch.by = Math.abs(by) > 16 ? by : 0;
  touch.row.style.translate = `${touch.by}px`;
}

function endSwipe(event) {
  if (!touch) return;
  const { row, control, by } = touch;
  touch = null;
  row.style.translate = "";
  if (event && Math.abs(by) >= SWIPE_PX) control.click();
}
