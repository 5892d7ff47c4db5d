// One stream per browser, however many tabs: over HTTP/1.1 a browser opens six connections to a site, so a seventh tab with a stream of
// its own would not load at all. Neither the platform nor htmx shares a fetch between tabs. The tab that holds a Web Lock is the leader:
// it holds the stream and passes its events on by a BroadcastChannel. Where there are no locks (plain http) each tab has its own stream.

import { seqOf } from "./cursor.js";
import { Inbox } from "./inbox.js";
import { takesOver } from "./leader.js";
import { Stream } from "./stream.js";

const WATCH_MS = 5000;

/**
 * Messages on the channel. From the leader: `{ message }`, an event; `{ state, cursor }`, how its connection is and how far it is.
 * From followers: `{ hello }`, asks for the state; `{ wake }`, `{ restart }`, `{ poll }`, what the leader shall do.
 */
class Tabs {
  #inbox;
  #name;
  #beatMs;
  #stream = null;
  #channel = null;
  #state = null;
  #queued = null;
  #release = null;
  #heardAt = 0;

  constructor(inbox) {
    this.#inbox = inbox;
    this.#name = `notifier:${inbox.user}`;
    this.#beatMs = Number(inbox.source.dataset.heartbeat) * 1000;
    inbox.share = (message) => this.#share(message);
    inbox.catchUp = () => (this.#stream?.live ? this.#stream.restart() : inbox.poll());
    this.#join();
    this.#listen();
  }

  #listen() {
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => event.persisted && this.#comeBack());
    addEventListener("online", () => this.#stream?.restart());
    addEventListener("offline", () => this.#stream?.restart());
    document.addEventListener("visibilitychange", () => document.hidden || this.#askLeader({ wake: true }));
    document.addEventListener("notifier:reconnect", () => this.#askLeader({ restart: true }));
    document.addEventListener("notifier:fill", () => this.#inbox.reload(false));
    document.addEventListener("notifier:acted", ({ detail }) => this.#acted(detail));
    setInterval(() => this.#watch(), WATCH_MS);
  }

  #join() {
    if (!navigator.locks || !window.BroadcastChannel) return this.#lead();
    this.#heardAt = performance.now();
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => (this.#stream ? this.#obey(data) : this.#follow(data));
    this.#becomeFollower();
  }

  /** Asks the leader for its state, and queues for its place. */
  #becomeFollower() {
    this.#channel.postMessage({ hello: true });
    this.#requestLock();
  }

  /** Queues for the lock, or takes it from a tab that is frozen. The browser hands it on when its tab closes or crashes. */
  #requestLock(steal = false) {
    this.#queued?.abort();
    this.#queued = new AbortController();
    const options = steal ? { steal } : { signal: this.#queued.signal };
    navigator.locks.request(this.#name, options, () => this.#lead()).catch(() => this.#stream && this.#stepDown());
  }

  /** Holds the stream. The lock is held until the returned promise is resolved. */
  #lead() {
    this.#inbox.source.dataset.leads = "true";
    this.#stream = new Stream(this.#inbox, this.#inbox.share, (conn, lost) => this.#announce(conn, lost));
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  #resign() {
    delete this.#inbox.source.dataset.leads;
    this.#stream?.close();
    this.#stream = null;
  }

  /** Another tab has taken the lock. */
  #stepDown() {
    this.#resign();
    this.#becomeFollower();
  }

  /** The page goes, perhaps into the browser's back/forward cache: a cached page must hold neither lock nor connection. */
  #leave() {
    this.#resign();
    this.#release?.();
    this.#queued?.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  /** Out of the back/forward cache: the page is as old as the moment it went in. */
  #comeBack() {
    this.#join();
    this.#inbox.reload();
  }

  #share(message) {
    if (this.#stream) this.#channel?.postMessage({ message });
  }

  #askLeader(request) {
    if (this.#stream) this.#obey(request);
    else this.#channel?.postMessage(request);
  }

  /** The leader does what a follower asks for. */
  #obey({ hello, wake, restart, poll }) {
    if (hello && this.#state) this.#announce(this.#state.conn, this.#state.lost);
    if (wake) this.#stream.wake();
    if (restart) this.#stream.restart();
    if (poll) this.#inbox.poll();
  }

  /** A follower shows what the leader passes on, and polls for what came between its own rendering and now. */
  #follow({ message, state, cursor }) {
    if (message) this.#inbox.receive(message);
    if (state) this.#showState(state);
    if (message || state) this.#heardAt = performance.now();
    if (cursor && this.#inbox.isNew(cursor)) this.#inbox.poll();
    if (message?.event === "heartbeat" && this.#state?.conn !== "live") this.#channel.postMessage({ hello: true });
  }

  #announce(conn, lost) {
    const state = { conn, lost };
    this.#showState(state);
    this.#channel?.postMessage({ state, cursor: this.#inbox.cursor });
  }

  #showState(state) {
    this.#state = state;
    document.dispatchEvent(new CustomEvent("notifier:state", { detail: state }));
  }

  /** This tab has changed its inbox, up to `cursor`. A live stream brings the change by itself; without one the leader polls. */
  #acted(cursor) {
    if (this.#state?.conn === "live") this.#inbox.expect(seqOf(cursor));
    else this.#askLeader({ poll: true });
  }

  #watch() {
    const silentMs = performance.now() - this.#heardAt;
    const follows = !this.#stream && this.#channel !== null;
    if (!takesOver({ follows, hidden: document.hidden, silentMs, conn: this.#state?.conn, beatMs: this.#beatMs })) return;
    this.#heardAt = performance.now();
    this.#requestLock(true);
  }
}

const source = document.getElementById("stream");
if (source && window.htmx) new Tabs(new Inbox(source));
