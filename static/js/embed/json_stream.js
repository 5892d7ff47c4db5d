// The JSON stream, by fetch: an EventSource carries no token and shows no status. `Connection` retries.

import { Connection } from "../connection.js";

export class JsonStream extends Connection {
  #api;
  #share;
  #request = null;

  constructor(inbox, api, beatMs, share, announce) {
    super(inbox, beatMs, announce);
    this.#api = api;
    this.#share = share;
    this.start();
  }

  async open() {
    this.#request = new AbortController();
    const { signal } = this.#request;
    const headers = this.inbox.cursor ? { "Last-Event-ID": this.inbox.cursor } : {};
    const answer = await this.#api.call("api/notifications/stream", { headers, signal });
    if (!answer) return;
    if (!answer.ok) return this.#refuse(answer);
    await readEvents(answer.body, (event) => this.#received(event));
  }

  abort() {
    this.#request?.abort();
  }

  renew() {
    return this.#api.renew();
  }

  /** The server refuses a fresh token: nothing that this page could mend. */
  expired() {
    console.warn("notifier: the server refuses the tokens of", location.origin);
    this.announce("offline", true);
  }

  /** A server without streams is polled at once. */
  async #refuse(answer) {
    this.refused(answer.status, answer.headers);
    if (answer.status !== 503) return;
    const { code } = await answer.json().catch(() => ({}));
    if (code === "disabled" || code === "no_streams") this.dismissed({ reason: "disabled" });
  }

  #received(message) {
    this.heard();
    this.#share(message);
    this.inbox.receive(message);
    if (message.event === "bye") this.dismissed(JSON.parse(message.data));
  }
}

/**
 * Calls `received({ id, event, data })` for each event, until the stream ends or breaks off: to `Connection` both are the same. The server
 * ends lines with LF, and writes data in one line.
 */
async function readEvents(body, received) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = { id: "" };
      for (const [, name, field] of block.matchAll(/^(id|event|data): (.*)$/gm)) event[name] = field;
      if (event.data) received(event);
    }
  }
}
