// What the page does by itself: times, toasts, sound, the dot and the banner, forms without a new page, lists that stay whole.
// All of it is comfort: without this file everything can be read and done.

const LISTED = 20;
const TOASTS = 3;
const BANNER_MS = 2000;
const TIMES_MS = 30_000;
const GATHER_MS = 150;
const DAY = 86_400;
const UNITS = [
  ["day", DAY],
  ["hour", 3600],
  ["minute", 60],
  ["second", 0],
];
const WORDS = { live: "Connected", reconnecting: "Reconnecting", polling: "Checking from time to time", offline: "Not connected" };

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const say = (name, detail) => document.dispatchEvent(new CustomEvent(`notifier:${name}`, { detail }));

const locale = document.documentElement.lang;
const timeZone = document.body.dataset.timeZone || undefined;
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
const chime = document.body.dataset.sound === "on" ? Object.assign(new Audio("/static/audio/chime.wav"), { volume: 0.3 }) : null;
let banner = 0;
let rung = $("#ring")?.dataset.id;
let focused = {};
const gathered = {};

document.addEventListener("notifier:state", ({ detail }) => state(detail));
document.addEventListener("notifier:shown", shown);
document.addEventListener("htmx:after:swap", times);
document.addEventListener("submit", act);
document.addEventListener("focusin", ({ target }) => (focused = place(target)));
$("#reconnect")?.addEventListener("click", () => say("reconnect"));
$("#inbox")?.addEventListener("toggle", ({ newState }) => newState === "open" && seen());
$("#toasts")?.addEventListener("click", ({ target }) => target.closest(".toast-close") && dismiss(target.closest(".toast")));
$("#toasts")?.addEventListener("animationend", ({ animationName, target }) => animationName === "toast-life" && target.remove());
if ($("#toasts")) new MutationObserver(count).observe($("#toasts"), { childList: true });
setInterval(times, TIMES_MS);
times();

/** The dot at once; the banner only for what lasts, or it would flash at every load of a page. */
function state({ conn, lost }) {
  const dot = $("#conn");
  dot.dataset.conn = conn;
  dot.title = $(".conn-text", dot).textContent = WORDS[conn];
  $("#reconnect").hidden = conn === "reconnecting";
  if (lost) banner ||= setTimeout(() => ($("#banner").hidden = false), BANNER_MS);
  else banner = clearTimeout(banner);
  if (!lost) $("#banner").hidden = true;
}

/** Something has been swapped in. */
function shown() {
  times();
  ring();
  for (const item of $$("#inbox-list > .item").slice(LISTED)) {
    item.remove();
    $("#inbox-list").dataset.more = "true";
  }
  if ($$("#inbox-sync > *, #history-sync > *").map((note) => note.remove()).length) gather("fill", () => say("fill"));
  if ($("#inbox")?.matches(":popover-open")) gather("seen", seen);
  refocus();
}

/** The server knows neither the reader's clock nor, in a frame made once for all, their language. A day has no clock: it stays as it is. */
function times() {
  for (const time of $$('time[datetime*="T"]')) {
    const then = new Date(time.dateTime);
    const seconds = (then - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size);
    const old = Math.abs(seconds) > 7 * DAY;
    const text = old ? absolute.format(then) : relative.format(Math.trunc(seconds / (size || Infinity)), unit);
    if (time.textContent !== text) time.textContent = text;
    time.title ||= absolute.format(then);
  }
}

/** Once per browser: the tab with the stream rings. A browser may refuse to play before the page was touched; so be it. */
function ring() {
  const news = $("#ring")?.dataset.id;
  if (news === rung) return;
  rung = news;
  if (!chime || !("leads" in $("#stream").dataset)) return;
  chime.currentTime = 0;
  chime.play().catch(() => {});
}

/** One toast per notification, and one summary, the newest; CSS shows three, and the time of the others has not begun. */
function count() {
  const seen = new Set();
  for (const toast of $$(".toast")) {
    const what = toast.dataset.id ?? toast.dataset.type;
    if (seen.has(what)) toast.remove();
    seen.add(what);
  }
  const more = $$(".toast").length - TOASTS;
  $("#toasts-more").hidden = more <= 0;
  $("#toasts-more").textContent = `+${more} more`;
}

/** Somebody who dismisses with the keyboard goes on to the next. */
function dismiss(toast) {
  const next = toast.nextElementSibling ?? toast.previousElementSibling;
  if (toast.contains(document.activeElement)) (next ? $(".toast-close", next) : $("#bell")).focus();
  toast.remove();
}

/** Sends a form of ours without leaving the page. The stream brings what it changed; the answer holds only what is for this page. */
async function act(event) {
  const { target: form, submitter } = event;
  if (!form.matches("#act, [data-act]") || !window.htmx) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await ask(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body });
  if (!answer) return say("reconnect");
  if (answer.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const text = await answer.text();
  if (text.includes("<hx-partial")) await htmx.swap({ sourceElement: form, target: $("#stream"), text, swap: "innerHTML" });
  const cursor = answer.headers.get("Last-Event-ID");
  if (cursor) say("acted", cursor);
}

/** Opening the list is seeing what is in it. */
function seen() {
  ask("/notifications/seen", { method: "POST", body: new URLSearchParams(new FormData($("#act"))) });
}

/** What several swaps in a row ask for is done once. */
function gather(name, job) {
  clearTimeout(gathered[name]);
  gathered[name] = setTimeout(job, GATHER_MS);
}

/** Where the focus is, in case that what has it goes. */
function place(element) {
  const item = element.closest(".item");
  const list = item?.parentElement;
  return { element, item, list, index: list && $$(".item", list).indexOf(item) };
}

/** What had the focus may be gone with a swap. Then the browser starts again at the top; the reader was here. */
function refocus() {
  const { element, item, list, index } = focused;
  if (document.activeElement !== document.body || !item || element.isConnected || !list.isConnected) return;
  const rest = $$(".item", list);
  const near = item.isConnected ? item : rest[Math.min(index, rest.length - 1)];
  ($("button, a", near ?? list) ?? $("button", list.closest("[popover]") ?? document)).focus();
}

function ask(address, options = {}) {
  return fetch(address, { headers: { "HX-Request": "true", Accept: "text/html" }, ...options }).catch(() => null);
}
