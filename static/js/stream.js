// The stream of this browser, held by one of its tabs. htmx's hx-sse fetches, parses and swaps, in order. It does not retry a first
// connection, notice silence, poll instead, or renew a sign-in: this class does, in one loop for the first connection and all others.

import { Polling } from "./polling.js";
import * as retry from "./retry.js";
import { signIn } from "./sign_in.js";

const CONNECT_MS = 10_000;
const STREAM_AGAIN_MS = 120_000;
const COUNT_MS = 60_000;
const WATCH_MS = 5000;
const SILENT_BEATS = 2.5;
const AWAKE_BEATS = 1.2;
const POLLED = "notifier:polled"; // in sessionStorage: this tab had to poll, so its next page does not wait before it polls

export class Stream {
  #closed = new AbortController();
  #end = {};
  #heardAt = 0;
  #id = "";
  #lastId = "";
  #limitMs = CONNECT_MS;
  #polling = new Polling(() => this.#poll());
  #givenUp = false;
  #lost = true;
  #state = "";
  #interrupted = false;
  #stopWaiting = null;

  /** `share(event)` passes an event on to other tabs; `announce(state, lost)` tells all tabs how the connection is. */
  constructor(inbox, share, announce) {
    this.inbox = inbox;
    this.share = share;
    this.announce = announce;
    this.source = inbox.source;
    this.beatMs = Number(this.source.dataset.heartbeat) * 1000;
    this.#listen();
    this.#every(Math.min(WATCH_MS, this.beatMs / 2), this.#watchdog());
    this.#every(COUNT_MS, () => this.live && inbox.checkComplete());
    if (sessionStorage.getItem(POLLED)) this.#giveUp(false);
    this.#run();
  }

  get live() {
    return this.#state === "live";
  }

  /** Reconnects at once: with the cursor a new connection costs little, and one that may be dead is not worth waiting for. */
  restart() {
    this.#interrupted = true;
    this.#stopWaiting?.();
    this.#abort();
  }

  /** Reconnects unless the stream was heard a moment ago: the tab is visible again, and the network may be back. */
  wake() {
    if (!this.live || this.#silentMs() > this.beatMs * AWAKE_BEATS) this.restart();
  }

  close() {
    this.#closed.abort();
    this.#polling.stop();
    this.restart();
  }

  /** hx-sse retries only connections that were up before, each by itself, and gives up for good. */
  async #run() {
    let history = this.source.dataset.enabled === "false" ? retry.SWITCHED_OFF : retry.FIRST_TRY;
    if (retry.givesUp(history)) await this.#pause(history, {});
    while (!this.#closed.signal.aborted) {
      const end = await this.#connect();
      history = retry.afterConnection(history, end, this.#interrupted);
      if (history.expired) return signIn();
      if (end.unauthorized && (await this.inbox.poll())) continue; // the poll has renewed the sign-in
      history = retry.afterFailure(history, end);
      const interrupted = await this.#pause(history, end);
      if (interrupted) history = { ...history, failures: 0 };
    }
  }

  /** One connection from request to end. Resolves to how it went: `{ heard, status, reason, unauthorized, retryMs }`. */
  async #connect() {
    const end = { status: 0, heard: false };
    this.#end = end;
    this.#interrupted = false;
    this.#heardAt = performance.now();
    this.#limitMs = CONNECT_MS;
    if (!this.#givenUp) this.#become(navigator.onLine ? "reconnecting" : "offline");
    this.#polling.start(retry.POLL_FIRST_MS);
    const headers = { "Last-Event-ID": this.inbox.cursor };
    await htmx.ajax("GET", this.source.dataset.url, { source: this.source, timeout: CONNECT_MS, headers });
    return end;
  }

  #listen() {
    const on = (name, act) => this.source.addEventListener(name, act, { signal: this.#closed.signal });
    // Without this the browser's cache keeps a stream that was given up, and opens it again beside the next.
    on("htmx:config:request", ({ detail }) => {
      detail.ctx.request.cache = "no-store";
    });
    on("htmx:before:response", (event) => this.#refused(event));
    on("htmx:sse:before:message", ({ detail }) => this.#received(detail));
    on("htmx:sse:after:message", ({ detail }) => this.inbox.reached(this.#id, detail.message.event, detail.message.data));
  }

  /** The answer is not a stream. htmx would swap its body in, whatever it is. */
  #refused(event) {
    const { status, headers, raw } = event.detail.ctx.response;
    event.preventDefault();
    raw.body?.cancel();
    Object.assign(this.#end, { status, unauthorized: status === 401, retryMs: 1000 * (Number(headers.get("Retry-After")) || 0) });
  }

  /** Before htmx swaps an event: a duplicate is cancelled, and other tabs get their copy. */
  #received(detail) {
    const { event, data } = detail.message;
    this.#heardAt = performance.now();
    this.#limitMs = this.beatMs * SILENT_BEATS;
    this.#end.heard = true;
    this.#becomeLive();
    this.#id = this.#ownId(detail.message);
    this.share({ event, data, id: this.#id }); // duplicates too: another tab may not have them yet
    if (!this.inbox.isNew(this.#id)) detail.cancelled = true;
    if (event === "reset") detail.waitUntil(this.inbox.reload());
    if (event === "bye") this.#dismissed(JSON.parse(data));
  }

  /** hx-sse repeats the last id in each message that has none. */
  #ownId({ event, id }) {
    const own = event || id === this.#lastId ? "" : id;
    this.#lastId = id;
    return own;
  }

  /** The server ends the stream and says why: hx-sse would come back at once in any case. */
  #dismissed({ reason, retry_ms }) {
    Object.assign(this.#end, { reason, retryMs: retry_ms, unauthorized: reason === "expired" || reason === "revoked" });
  }

  /** Waits until the next attempt is due. Whether `restart` cut that short. */
  #pause(history, end) {
    if (!retry.givesUp(history)) return this.#wait(retry.reconnectDelay(history, end.retryMs));
    this.#giveUp(history.lost);
    return this.#wait(STREAM_AGAIN_MS);
  }

  /** The page shows that it polls. `lost`: whether it also shows that the connection is lost. */
  #giveUp(lost) {
    this.#givenUp = true;
    this.#lost = lost;
    if (!this.#closed.signal.aborted) this.#polling.restart();
  }

  /** Beside the attempts to connect: those may be blocked, buffered or held for ever. */
  async #poll() {
    sessionStorage.setItem(POLLED, "true");
    const reached = await this.inbox.poll();
    if (this.live) return;
    if (!reached) this.#become("offline");
    else if (this.#givenUp) this.#become("polling", this.#lost);
    else if (this.#state === "offline") this.#become("reconnecting");
  }

  #becomeLive() {
    if (this.live) return;
    this.#givenUp = false;
    this.#polling.stop();
    sessionStorage.removeItem(POLLED);
    this.#become("live");
  }

  #wait(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, false);
      this.#stopWaiting = () => {
        clearTimeout(timer);
        resolve(true);
      };
      if (this.#interrupted) this.#stopWaiting();
    });
  }

  /**
   * A dead connection looks like a quiet one, to fetch and to htmx. Silence is measured with the monotonic clock, which is never set;
   * that one stops while the machine is suspended, and then the wall clock gets ahead of it.
   */
  #watchdog() {
    const ahead = () => Date.now() - performance.now();
    let before = ahead();
    return () => {
      const sleptMs = ahead() - before;
      before = ahead();
      const verdict = retry.checkSilence({ live: this.live, silentMs: this.#silentMs(), limitMs: this.#limitMs, sleptMs });
      if (verdict === "restart") this.restart();
      if (verdict === "abort") this.#abort();
    };
  }

  #silentMs() {
    return performance.now() - this.#heardAt;
  }

  #abort() {
    htmx.trigger(this.source, "htmx:abort");
  }

  #become(state, lost = state !== "live") {
    if (this.#closed.signal.aborted || (state === this.#state && state === "live")) return;
    this.#state = state;
    this.announce(state, lost);
  }

  #every(ms, act) {
    const timer = setInterval(act, ms);
    this.#closed.signal.addEventListener("abort", () => clearInterval(timer));
  }
}
