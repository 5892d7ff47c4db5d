// What each page does beyond htmx: times, toasts, the chime, the connection's state, forms that do not load a page, and the focus.
// Without this file everything can still be read and done, by plain forms and links.
//
// Events on `document` between this file and live.js. It sends: `notifier:state` (how the connection is), `notifier:shown` (a change was
// swapped in). It hears: `notifier:reconnect`, `notifier:fill` (lists have gaps), `notifier:acted` (a form changed the inbox),
// `notifier:spread` (a form changed what other tabs show too).

import { listenForArrivals } from "./arrivals.js";
import { listenToMenus } from "./menus.js";
import { listenToRows, reopenRows } from "./rows.js";
import { clearSelection, listenToSelection, restoreSelection } from "./selection.js";
import { signIn } from "./sign_in.js";
import { showNewTimes, showTimes } from "./times.js";

const LISTED = 20;
const TOASTS = 3;
const BANNER_MS = 2000;
const TIMES_MS = 30_000;
const SESSIONS_MS = 10_000;
const GATHER_MS = 150;
const STATES = { live: "Connected", reconnecting: "Reconnecting", polling: "Checking from time to time", offline: "Not connected" };

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`notifier:${name}`, { detail }));

const { sound, chime: chimeUrl } = document.body.dataset;
const chime = sound === "on" ? Object.assign(new Audio(chimeUrl), { volume: 0.3 }) : null;
let bannerTimer = 0;
let soundPlayedFor = $("#sound-trigger")?.dataset.id;
let focused = {};
const gathered = {};

document.addEventListener("notifier:state", ({ detail }) => showConnection(detail));
document.addEventListener("notifier:shown", afterChange);
for (const listen of [listenToRows, listenToSelection, listenForArrivals, listenToMenus]) listen();
learnZone();
document.addEventListener("htmx:after:swap", () => {
  showNewTimes();
  reopenRows();
  restoreSelection();
  refreshEndedSessions();
});
document.addEventListener("submit", submitInPlace);
document.addEventListener("focusin", ({ target }) => {
  focused = whereIs(target);
});
$("#reconnect")?.addEventListener("click", () => emit("reconnect"));
$("#inbox")?.addEventListener("toggle", ({ newState }) => newState === "open" && markSeen());
$("#toasts")?.addEventListener("click", ({ target }) => target.closest(".toast-close") && dismiss(target.closest(".toast")));
$("form[role=search]")?.addEventListener("htmx:after:request", ({ target }) => showFilters(target));
$("#toasts")?.addEventListener("animationend", ({ animationName, target }) => animationName === "toast-life" && target.remove());
if ($("#toasts")) new MutationObserver(limitToasts).observe($("#toasts"), { childList: true });
setInterval(showTimes, TIMES_MS);
setInterval(() => $("#conn")?.dataset.conn !== "live" && refreshSessions(), SESSIONS_MS);
showTimes();

/** Dot and banner. The dot changes at once; the banner waits for a loss that lasts, or it would flash at each load of a page. */
function showConnection({ conn, lost }) {
  const dot = $("#conn");
  dot.dataset.conn = conn;
  $(".conn-text", dot).textContent = STATES[conn];
  dot.title = STATES[conn];
  $("#reconnect").hidden = conn === "reconnecting";
  if (lost) bannerTimer ||= setTimeout(showBanner, BANNER_MS);
  else hideBanner();
}

function showBanner() {
  $("#banner").hidden = false;
}

function hideBanner() {
  clearTimeout(bannerTimer);
  bannerTimer = 0;
  $("#banner").hidden = true;
}

/** htmx swaps each partial by itself; this does what concerns the page as a whole. */
function afterChange() {
  showNewTimes();
  playSound();
  trimDropdown();
  const gaps = $$("#inbox-sync > *, #history-sync > *");
  for (const note of gaps) note.remove();
  if (gaps.length) gather("fill", () => emit("fill"));
  if ($("#inbox")?.matches(":popover-open")) gather("seen", markSeen);
  restoreFocus();
}

/** The stream has left a marker: a session has ended, or is not in the list yet. It brings only bars, not what is around them. */
function refreshEndedSessions() {
  const markers = $$("#sessions-sync > *");
  for (const marker of markers) marker.remove();
  if (markers.length) gather("sessions", refreshSessions);
}

function refreshSessions() {
  const changing = $("#sessions, #session");
  if (changing) window.htmx?.trigger(changing, "refresh");
}

/** htmx inserts at the top and never removes at the bottom. */
function trimDropdown() {
  for (const item of $$("#inbox-list > .item").slice(LISTED)) {
    item.remove();
    $("#inbox-list").dataset.more = "true";
  }
}

/** Once per browser: only the tab that holds the stream plays. Browsers refuse to play before the first click, which is no error. */
function playSound() {
  const newest = $("#sound-trigger")?.dataset.id;
  if (newest === soundPlayedFor) return;
  soundPlayedFor = newest;
  if (!chime || !("leads" in $("#stream").dataset)) return;
  chime.currentTime = 0;
  chime.play().catch(() => {});
}

/** One toast per notification, and one summary; the newest stays. CSS hides all but three, and their time starts when they appear. */
function limitToasts() {
  const seen = new Set();
  for (const toast of $$(".toast")) {
    const key = toast.dataset.id ?? toast.dataset.type;
    if (seen.has(key)) toast.remove();
    seen.add(key);
  }
  const hidden = $$(".toast").length - TOASTS;
  $("#toasts-more").hidden = hidden <= 0;
  $("#toasts-more").textContent = `+${hidden} more`;
}

/** Focus on a removed element falls back to the top of the page. Here it moves on to the next toast. */
function dismiss(toast) {
  const next = toast.nextElementSibling ?? toast.previousElementSibling;
  if (toast.contains(document.activeElement)) (next ? $(".toast-close", next) : $("#bell")).focus();
  toast.remove();
}

/**
 * Sends a form without loading a page. Items hold buttons of one shared form (`form`, `formaction`), which htmx does not know: it wants
 * a token and attributes at each. The stream brings the change itself; the answer holds only what concerns this page.
 */
async function submitInPlace(event) {
  const { target: form, submitter } = event;
  if (!form.matches("#act") || !window.htmx) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, submitter));
  if (submitter?.closest(".selection")) clearSelection();
  submitter?.closest(".menu")?.hidePopover();
  const pauses = submitter?.closest("#pause");
  const answer = await post(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), body);
  if (!answer) return emit("reconnect");
  if (answer.status === 401) return signIn();
  const text = await answer.text();
  if (text.includes("<hx-partial")) await htmx.swap({ sourceElement: form, target: $("#stream"), text, swap: "innerHTML" });
  if (pauses && answer.ok) emit("spread", text);
  const cursor = answer.headers.get("Last-Event-ID");
  if (cursor) emit("acted", cursor);
}

/** A reader who opens the dropdown has seen what is in it. htmx's triggers cannot tell opening from closing without `eval`. */
function markSeen() {
  post($("#inbox").dataset.seen, new URLSearchParams(new FormData($("#act"))));
}

/** Several swaps in a row call this several times; the job runs once, after the last. */
function gather(name, job) {
  clearTimeout(gathered[name]);
  gathered[name] = setTimeout(job, GATHER_MS);
}

/** The place of the focus, in case a swap removes the element. */
function whereIs(element) {
  const item = element.closest(".item");
  const list = item?.parentElement;
  return { element, item, list, index: list && $$(".item", list).indexOf(item) };
}

/** htmx keeps the focus on elements that stay. When the element is gone, the focus goes to its neighbour, not to the top of the page. */
function restoreFocus() {
  const { element, item, list, index } = focused;
  if (document.activeElement !== document.body || !item || element.isConnected || !list.isConnected) return;
  const rest = $$(".item", list);
  const near = item.isConnected ? item : rest[Math.min(index, rest.length - 1)];
  ($("summary", near ?? list) ?? $("button", list.closest("[popover]") ?? document)).focus();
}

/** The server keeps quiet hours in the reader's zone and cannot know it; it is sent when it is another than the one it has. */
function learnZone() {
  const { learnZone: url, browserZone } = document.body.dataset;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!url || !zone || zone === browserZone) return;
  const body = new URLSearchParams(new FormData($("#act")));
  body.set("time_zone", zone);
  post(url, body);
}

/** The address follows the filters while they are typed in, without an entry in the history for each letter. */
function showFilters(form) {
  const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
  history.replaceState(history.state, "", `${form.action}?${new URLSearchParams(chosen)}`.replace(/\?$/, ""));
}

/** The answer, or null when there is none. */
function post(url, body) {
  return fetch(url, { method: "POST", body, headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
}
