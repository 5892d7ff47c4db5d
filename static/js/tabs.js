// One stream per browser, however many tabs: over HTTP/1.1 a browser opens six connections to a site, so a seventh tab with a stream of
// its own would not load at all. Neither the platform nor htmx shares a fetch between tabs. The tab that holds a Web Lock is the leader:
// it holds the stream and passes its events on by a BroadcastChannel. Where there are no locks (plain http) each tab has its own stream.

import { takesOver } from "./leader.js";

const WATCH_MS = 5000;

/**
 * Messages on the channel. From the leader: `{ message }`, an event; `{ state, cursor }`, how its connection is and how far it is.
 * From followers: `{ hello }`, asks for the state; `{ wake }`, `{ restart }`, `{ poll }`, what the leader shall do. From any tab: `{ partials }`.
 */
export class Tabs {
  #inbox;
  #name;
  #beatMs;
  #open;
  #show;
  #left = new AbortController();
  #stream = null;
  #channel = null;
  #state = null;
  #queued = null;
  #release = null;
  #heardAt = 0;

  /** `open(share, announce)` opens the stream in the leader; `show(state)` shows how the connection is, `{ conn, lost }`, in each tab. */
  constructor(inbox, name, beatMs, open, show) {
    this.#inbox = inbox;
    this.#name = name;
    this.#beatMs = beatMs;
    this.#open = open;
    this.#show = show;
    inbox.share = (message) => this.#share(message);
    inbox.catchUp = () => (this.#stream?.live ? this.#stream.restart() : inbox.poll());
    this.#join();
    this.#listen();
  }

  /** Leaves for good: the user has signed out, or is another one. */
  end() {
    this.#left.abort();
    this.#leave();
  }

  /** The leader does what any tab asks for: `{ restart }`, `{ wake }` or `{ poll }`. */
  ask(request) {
    if (this.#stream) this.#obey(request);
    else this.#channel?.postMessage(request);
  }

  /** This tab has changed its inbox, up to `seq`. A live stream brings the change by itself; without one the leader polls. */
  acted(seq) {
    if (this.#state?.conn === "live") this.#inbox.expect(seq);
    else this.ask({ poll: true });
  }

  /** This tab has changed what no stream brings, such as the pause; the others show it too. */
  spread(partials) {
    this.#channel?.postMessage({ partials });
  }

  #listen() {
    const { signal } = this.#left;
    const on = (target, name, act) => target.addEventListener(name, act, { signal });
    on(window, "pagehide", () => this.#leave());
    on(window, "pageshow", (event) => event.persisted && this.#comeBack());
    on(window, "online", () => this.#stream?.restart());
    on(window, "offline", () => this.#stream?.restart());
    on(document, "visibilitychange", () => document.hidden || this.ask({ wake: true }));
    const timer = setInterval(() => this.#watch(), WATCH_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  #join() {
    if (!navigator.locks || !window.BroadcastChannel) return this.#lead();
    this.#heardAt = performance.now();
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => {
      if (data.partials) this.#inbox.insert(data.partials);
      else if (this.#stream) this.#obey(data);
      else this.#follow(data);
    };
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
    this.#inbox.leads = true;
    this.#stream = this.#open(this.#inbox.share, (conn, lost) => this.#announce(conn, lost));
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  #resign() {
    this.#inbox.leads = false;
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
    this.#show(state);
  }

  #watch() {
    const silentMs = performance.now() - this.#heardAt;
    const follows = !this.#stream && this.#channel !== null;
    if (!takesOver({ follows, hidden: document.hidden, silentMs, conn: this.#state?.conn, beatMs: this.#beatMs })) return;
    this.#heardAt = performance.now();
    this.#requestLock(true);
  }
}
