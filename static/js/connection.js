// The connection of a browser to its stream, whatever carries it. A fetch does not retry, notice silence, poll instead, or renew a
// sign-in: this class does, in one loop for the first connection and all others. `stream.js` (htmx) and `embed/json_stream.js` extend it.

import { Polling } from "./polling.js";
import { afterConnection, afterFailure, checkSilence, FIRST_TRY, givesUp, POLL_FIRST_MS, reconnectDelay, SWITCHED_OFF } from "./retry.js";

const CONNECT_MS = 10_000;
const STREAM_AGAIN_MS = 120_000;
const COUNT_MS = 60_000;
const SILENCE_MS = 5000;
const SILENT_BEATS = 2.5;
const AWAKE_BEATS = 1.2;
const POLLED = "notifier:polled"; // in sessionStorage: this tab had to poll, so its next page does not wait before it polls

/**
 * Extended by `open(end)`, which resolves when the connection has ended and fills `end`: `{ heard, status, reason, unauthorized, retryMs }`;
 * `abort()`, which ends it; `renew()`, whether a refused sign-in was renewed; `expired()`, when that did not help.
 */
export class Connection {
  #end = {};
  #heardAt = 0;
  #limitMs = CONNECT_MS;
  #polling = new Polling(() => this.#poll());
  #givenUp = false;
  #lost = true;
  #state = "";
  #interrupted = false;
  #stopWaiting = null;

  /** `inbox`: polls and checks. `announce(state, lost)` tells all tabs how the connection is. */
  constructor(inbox, beatMs, announce) {
    this.closed = new AbortController();
    this.inbox = inbox;
    this.beatMs = beatMs;
    this.announce = announce;
  }

  /** Opens the stream again and again, until `close`. `enabled`: whether the server has streams, as far as the page knows. */
  async start(enabled = true) {
    this.#every(Math.min(SILENCE_MS, this.beatMs / 2), this.#watchdog());
    this.#every(COUNT_MS, () => this.live && this.inbox.checkComplete());
    if (sessionStorage.getItem(POLLED)) this.#giveUp(false);
    let history = enabled ? FIRST_TRY : SWITCHED_OFF;
    if (givesUp(history)) await this.#pause(history, {});
    while (!this.closed.signal.aborted) {
      const end = await this.#connect();
      history = afterConnection(history, end, this.#interrupted);
      if (history.expired) return this.expired();
      if (end.unauthorized && (await this.renew())) continue;
      history = afterFailure(history, end);
      const interrupted = await this.#pause(history, end);
      if (interrupted) history = { ...history, failures: 0 };
    }
  }

  get live() {
    return this.#state === "live";
  }

  /** Reconnects at once: with the cursor a new connection costs little, and one that may be dead is not worth waiting for. */
  restart() {
    this.#interrupted = true;
    this.#stopWaiting?.();
    this.abort();
  }

  /** Reconnects unless the stream was heard a moment ago: the tab is visible again, and the network may be back. */
  wake() {
    if (!this.live || this.#silentMs() > this.beatMs * AWAKE_BEATS) this.restart();
  }

  close() {
    this.closed.abort();
    this.#polling.stop();
    this.restart();
  }

  /** An event has arrived. */
  heard() {
    this.#heardAt = performance.now();
    this.#limitMs = this.beatMs * SILENT_BEATS;
    this.#end.heard = true;
    this.#becomeLive();
  }

  /** The answer is not a stream. */
  refused(status, headers) {
    Object.assign(this.#end, { status, unauthorized: status === 401, retryMs: 1000 * (Number(headers.get("Retry-After")) || 0) });
  }

  /** The server ends the stream and says why. */
  dismissed({ reason, retry_ms }) {
    Object.assign(this.#end, { reason, retryMs: retry_ms, unauthorized: reason === "expired" || reason === "revoked" });
  }

  /** One connection from request to end. */
  async #connect() {
    const end = { status: 0, heard: false };
    this.#end = end;
    this.#interrupted = false;
    this.#heardAt = performance.now();
    this.#limitMs = CONNECT_MS;
    if (!this.#givenUp) this.#become(navigator.onLine ? "reconnecting" : "offline");
    this.#polling.start(POLL_FIRST_MS);
    await this.open(CONNECT_MS);
    return end;
  }

  /** Waits until the next attempt is due. Whether `restart` cut that short. */
  #pause(history, end) {
    if (!givesUp(history)) return this.#wait(reconnectDelay(history, end.retryMs));
    this.#giveUp(history.lost);
    return this.#wait(STREAM_AGAIN_MS);
  }

  /** The page shows that it polls. `lost`: whether it also shows that the connection is lost. */
  #giveUp(lost) {
    this.#givenUp = true;
    this.#lost = lost;
    if (!this.closed.signal.aborted) this.#polling.restart();
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
   * A dead connection looks like a quiet one to fetch. Silence is measured with the monotonic clock, which is never set; that one stops
   * while the machine is suspended, and then the wall clock gets ahead of it.
   */
  #watchdog() {
    const ahead = () => Date.now() - performance.now();
    let before = ahead();
    return () => {
      const sleptMs = ahead() - before;
      before = ahead();
      const verdict = checkSilence({ live: this.live, silentMs: this.#silentMs(), limitMs: this.#limitMs, sleptMs });
      if (verdict === "restart") this.restart();
      if (verdict === "abort") this.abort();
    };
  }

  #silentMs() {
    return performance.now() - this.#heardAt;
  }

  #become(state, lost = state !== "live") {
    if (this.closed.signal.aborted || (state === this.#state && state === "live")) return;
    this.#state = state;
    this.announce(state, lost);
  }

  #every(ms, act) {
    const timer = setInterval(act, ms);
    this.closed.signal.addEventListener("abort", () => clearInterval(timer));
  }
}
