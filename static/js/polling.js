// Polling beside the attempts to open a stream: a blocked, buffered or silent stream must not mean silence on the page.

import { nextPollDelay, POLL_FIRST_MS } from "./retry.js";

/** Calls `poll` again and again, less and less often, from `start` to `stop`. */
export class Polling {
  #poll;
  #timer = null;
  #delayMs = POLL_FIRST_MS;

  constructor(poll) {
    this.#poll = poll;
  }

  /** `firstMs`: when to poll for the first time. Does nothing if it has started already. */
  start(firstMs) {
    if (this.#timer !== null) return;
    this.#delayMs = POLL_FIRST_MS;
    this.#schedule(firstMs);
  }

  /** Polls now and goes on from there. */
  restart() {
    this.stop();
    this.start(0);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(ms) {
    const timer = setTimeout(() => this.#run(timer), ms);
    this.#timer = timer;
  }

  /** `timer` tells whether `stop` or `start` was called while the poll was under way. */
  async #run(timer) {
    await this.#poll();
    if (this.#timer !== timer) return;
    this.#schedule(this.#delayMs);
    this.#delayMs = nextPollDelay(this.#delayMs);
  }
}
