// The stream of this site's pages, held by one of their tabs. htmx's hx-sse fetches, parses and swaps, in order; `Connection` retries,
// since hx-sse retries only connections that were up before, each by itself, and gives up for good.

import { Connection } from "./connection.js";
import { signIn } from "./sign_in.js";

export class Stream extends Connection {
  #id = "";
  #lastId = "";

  /** `share(event)` passes an event on to other tabs; `announce(state, lost)` tells all tabs how the connection is. */
  constructor(inbox, share, announce) {
    super(inbox, Number(inbox.source.dataset.heartbeat) * 1000, announce);
    this.source = inbox.source;
    this.share = share;
    this.#listen();
    this.start(this.source.dataset.enabled !== "false");
  }

  open(timeout) {
    const headers = { "Last-Event-ID": this.inbox.cursor };
    return htmx.ajax("GET", this.source.dataset.url, { source: this.source, timeout, headers });
  }

  abort() {
    htmx.trigger(this.source, "htmx:abort");
  }

  /** A poll renews an expired sign-in on the way. */
  renew() {
    return this.inbox.poll();
  }

  expired() {
    signIn();
  }

  #listen() {
    const on = (name, act) => this.source.addEventListener(name, act, { signal: this.closed.signal });
    // Without this the browser's cache keeps a stream that was given up, and opens it again beside the next.
    on("htmx:config:request", ({ detail }) => {
      detail.ctx.request.cache = "no-store";
    });
    on("htmx:before:response", (event) => this.#refuse(event));
    on("htmx:sse:before:message", ({ detail }) => this.#received(detail));
    on("htmx:sse:after:message", ({ detail }) => this.inbox.reached(this.#id, detail.message.event, detail.message.data));
  }

  /** The answer is not a stream. htmx would swap its body in, whatever it is. */
  #refuse(event) {
    const { status, headers, raw } = event.detail.ctx.response;
    event.preventDefault();
    raw.body?.cancel();
    this.refused(status, headers);
  }

  /** Before htmx swaps an event: a duplicate is cancelled, and other tabs get their copy. */
  #received(detail) {
    const { event, data } = detail.message;
    this.heard();
    this.#id = this.#ownId(detail.message);
    this.share({ event, data, id: this.#id }); // duplicates too: another tab may not have them yet
    if (!this.inbox.isNew(this.#id)) detail.cancelled = true;
    if (event === "reset") detail.waitUntil(this.inbox.reload());
    if (event === "bye") this.dismissed(JSON.parse(data)); // hx-sse would come back at once in any case
  }

  /** hx-sse repeats the last id in each message that has none. */
  #ownId({ event, id }) {
    const own = event || id === this.#lastId ? "" : id;
    this.#lastId = id;
    return own;
  }
}
