// The stream of this browser, held by one of its tabs. htmx's hx-sse fetches, parses and swaps, in order. It does not retry a first
// connection, notice silence, give up, or renew a sign-in: that is here, in one loop for the first connection and all others.

const CONNECT_MS = 10_000;
const SLOWEST_MS = 25_000; // the spread comes on top: under 30 s
const PATIENCE = 10;
const POLL_MS = { first: 10_000, last: 60_000 };
const STREAM_AGAIN_MS = 120_000;
const SILENT_BEATS = 2.5;
const COUNT_MS = 60_000;

export class Stream {
  #over = new AbortController();
  #end = {};
  #heard = 0;
  #id = "";
  #lastId = "";
  #limit = CONNECT_MS;
  #pollMs = POLL_MS.first;
  #state = "";
  #asked = false;
  #stopWaiting = null;

  /** `share(message)` and `tell(state, lost)`: what came, and how it goes, for all tabs. */
  constructor(inbox, share, tell) {
    Object.assign(this, { inbox, share, tell, source: inbox.source, beat: Number(inbox.source.dataset.heartbeat) * 1000 });
    const on = (name, act) => this.source.addEventListener(name, act, { signal: this.#over.signal });
    // A browser's cache would hold on to a stream that was given up, and open it once more beside the next.
    on("htmx:config:request", ({ detail }) => (detail.ctx.request.cache = "no-store"));
    on("htmx:before:response", (event) => this.#refused(event));
    on("htmx:sse:before:message", ({ detail }) => this.#received(detail));
    on("htmx:sse:after:message", ({ detail }) => inbox.reached(this.#id, detail.message.event, detail.message.data));
    this.#every(Math.min(5000, this.beat / 2), this.#watchdog());
    this.#every(COUNT_MS, () => this.live && inbox.count());
    this.#run();
  }

  get live() {
    return this.#state === "live";
  }

  /** Starts at once: with the cursor a new connection costs nothing, and one that may be dead is not worth waiting for. */
  restart() {
    this.#asked = true;
    this.#stopWaiting?.();
    this.#abort();
  }

  /** As `restart`, but leaves a stream alone that shows signs of life: the reader is back, the network may be. */
  wake() {
    if (!this.live || performance.now() - this.#heard > this.beat * 1.2) this.restart();
  }

  close() {
    this.#over.abort();
    this.restart();
  }

  async #run() {
    let failures = this.source.dataset.enabled === "false" ? PATIENCE : 0;
    let lost = !failures;
    let renewed = false;
    if (failures) await this.#poll(lost);
    while (!this.#over.signal.aborted) {
      const end = await this.#connection();
      if (end.heard) this.#pollMs = POLL_MS.first;
      if (end.heard || this.#asked) failures = 0;
      if (end.unknown) {
        if (renewed && !end.heard) return this.inbox.signIn();
        renewed = true;
        if (await this.inbox.look()) continue;
      } else if (end.heard) renewed = false;
      const turnedAway = end.status === 429 || end.reason === "disabled";
      lost = !turnedAway && (lost || !failures);
      failures = turnedAway ? PATIENCE : failures + 1;
      if (await (failures < PATIENCE ? this.#wait(this.#delay(failures, end)) : this.#poll(lost))) failures = 0;
    }
  }

  /** One connection from its request to its end, and how it went. */
  async #connection() {
    const end = { status: 0, heard: false };
    this.#end = end;
    this.#asked = false;
    this.#heard = performance.now();
    this.#limit = CONNECT_MS;
    if (this.#state !== "polling") this.#say(navigator.onLine ? "reconnecting" : "offline");
    const headers = { "Last-Event-ID": this.inbox.cursor };
    await htmx.ajax("GET", this.source.dataset.url, { source: this.source, timeout: CONNECT_MS, headers });
    return end;
  }

  /** The answer is no stream: whatever it is, htmx would swap it in. */
  #refused(event) {
    const { status, headers, raw } = event.detail.ctx.response;
    event.preventDefault();
    raw.body?.cancel();
    Object.assign(this.#end, { status, unknown: status === 401, retryMs: 1000 * (Number(headers.get("Retry-After")) || 0) });
  }

  #received(detail) {
    const { event, data } = detail.message;
    this.#heard = performance.now();
    this.#limit = this.beat * SILENT_BEATS;
    this.#end.heard = true;
    this.#say("live");
    const id = this.#own(detail.message);
    this.#id = id;
    this.share({ event, data, id }); // also what this tab has from elsewhere: the others may not
    if (!this.inbox.isNew(id)) detail.cancelled = true;
    if (event === "reset") detail.waitUntil(this.inbox.reload());
    if (event === "bye") this.#takeLeave(JSON.parse(data));
  }

  /** hx-sse gives a message without an id the last one that came. */
  #own({ event, id }) {
    const own = event || id === this.#lastId ? "" : id;
    this.#lastId = id;
    return own;
  }

  #takeLeave({ reason, retry_ms }) {
    Object.assign(this.#end, { reason, retryMs: retry_ms, unknown: reason === "expired" || reason === "revoked" });
  }

  /** 1, 2, 4 … s, spread so that a restarted server's clients do not all come at once; later where the server says so. */
  #delay(failures, { retryMs = 0 }) {
    const backoff = Math.min(1000 * 2 ** (failures - 1), SLOWEST_MS);
    return Math.max(backoff * (0.8 + 0.4 * Math.random()), retryMs);
  }

  /** No stream to be had: looks from time to time until it is time to try one again. Whether that was asked for. */
  async #poll(lost) {
    for (const until = performance.now() + STREAM_AGAIN_MS; performance.now() < until; ) {
      const reached = await this.inbox.look();
      this.#say(reached ? "polling" : "offline", lost || !reached);
      if (await this.#wait(Math.min(this.#pollMs, until - performance.now()))) return true;
      this.#pollMs = Math.min(this.#pollMs * 1.5, POLL_MS.last);
    }
    return false;
  }

  /** Whether it was cut short. */
  #wait(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, false);
      this.#stopWaiting = () => {
        clearTimeout(timer);
        resolve(true);
      };
      if (this.#asked) this.#stopWaiting();
    });
  }

  /** A dead connection looks like a quiet one. Silence is measured on the clock that nobody sets; where that one stood still because
   * the machine slept, the clock on the wall has run ahead of it. */
  #watchdog() {
    const ahead = () => Date.now() - performance.now();
    let before = ahead();
    return () => {
      const slept = ahead() - before > CONNECT_MS;
      before = ahead();
      if (slept || (this.live && performance.now() - this.#heard > this.#limit)) this.restart();
      else if (performance.now() - this.#heard > this.#limit) this.#abort();
    };
  }

  #abort() {
    htmx.trigger(this.source, "htmx:abort");
  }

  #say(state, lost = state !== "live") {
    if (this.#over.signal.aborted || (state === this.#state && state === "live")) return;
    this.#state = state;
    this.tell(state, lost);
  }

  #every(ms, act) {
    const timer = setInterval(act, ms);
    this.#over.signal.addEventListener("abort", () => clearInterval(timer));
  }
}
