// One stream per browser, however many tabs: a browser opens six connections to a site over HTTP/1.1, and the seventh page would hang.
// The tab that holds the lock holds the stream and tells the others. Without Web Locks (plain http elsewhere) each tab has its own.

import { Inbox } from "./inbox.js";
import { Stream } from "./stream.js";

const WATCH_MS = 5000;
const ANSWER_MS = 10_000;
const POLLING_MS = 150_000;

const source = document.getElementById("stream");
const inbox = source && new Inbox(source);
const name = `notifier:${inbox?.user}`;
let stream = null;
let channel = null;
let state = null;
let wish = null;
let release = null;
let heard = 0;

if (source && window.htmx) {
  inbox.share = (message) => stream && channel?.postMessage({ message });
  inbox.catchUp = () => (stream?.live ? stream.restart() : inbox.look());
  join();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => event.persisted && comeBack());
  addEventListener("online", () => stream?.restart());
  addEventListener("offline", () => stream?.restart());
  document.addEventListener("visibilitychange", () => document.hidden || tellLeader({ wake: true }));
  document.addEventListener("notifier:reconnect", () => tellLeader({ restart: true }));
  document.addEventListener("notifier:fill", () => inbox.reload(false));
  document.addEventListener("notifier:acted", (event) => acted(event.detail));
  setInterval(watch, WATCH_MS);
}

function join() {
  if (!navigator.locks || !window.BroadcastChannel) return lead();
  heard = performance.now();
  channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => (stream ? answer(data) : follow(data));
  follower();
}

/** Asks whoever leads how it goes, and waits for their place. */
function follower() {
  channel.postMessage({ hello: true });
  elect();
}

/** Waits for the lock, or takes it from a tab that has frozen with it. */
function elect(steal = false) {
  wish?.abort();
  wish = new AbortController();
  const options = steal ? { steal } : { signal: wish.signal };
  navigator.locks.request(name, options, lead).catch(() => stream && stepDown());
}

function lead() {
  source.dataset.leads = "true";
  stream = new Stream(inbox, inbox.share, tell);
  return new Promise((resolve) => (release = resolve));
}

function resign() {
  delete source.dataset.leads;
  stream?.close();
  stream = null;
}

/** Another tab has taken the lock. */
function stepDown() {
  resign();
  follower();
}

/** Out of the browser's cache of pages. */
function comeBack() {
  join();
  inbox.reload();
}

/** Also before the browser keeps the page for its back button: what is kept must hold neither lock nor connection. */
function leave() {
  resign();
  release?.();
  wish?.abort();
  channel?.close();
  channel = null;
}

function tellLeader(what) {
  if (stream) answer(what);
  else channel?.postMessage(what);
}

/** The leader hears from a follower. */
function answer({ hello, wake, restart, look }) {
  if (hello && state) tell(state.conn, state.lost);
  if (wake) stream.wake();
  if (restart) stream.restart();
  if (look) inbox.look();
}

/** A follower hears from the leader; what came between its own rendering and now it fetches. */
function follow({ message, told, cursor }) {
  if (message) inbox.receive(message);
  if (told) show(told);
  if (message || told) heard = performance.now();
  if (cursor && inbox.isNew(cursor)) inbox.look();
  if (message?.event === "heartbeat" && state?.conn !== "live") channel.postMessage({ hello: true });
}

function tell(conn, lost) {
  show({ conn, lost });
  channel?.postMessage({ told: state, cursor: inbox.cursor });
}

function show(told) {
  state = told;
  document.dispatchEvent(new CustomEvent("notifier:state", { detail: told }));
}

/** This tab has changed something. A stream brings it at once; who polls has to look. */
function acted(cursor) {
  if (state?.conn === "live") inbox.expect(Number(cursor.split("-")[1]));
  else tellLeader({ look: true });
}

/** A leader that the browser has put to sleep keeps its lock: whoever is looked at does not wait for it. */
function watch() {
  const patience = { live: Number(source.dataset.heartbeat) * 3000, undefined: ANSWER_MS }[state?.conn] ?? POLLING_MS;
  if (!stream && channel && !document.hidden && performance.now() - heard > patience) {
    heard = performance.now();
    elect(true);
  }
}
