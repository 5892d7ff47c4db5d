// The inbox as an embedding page knows it: the newest notifications, the unread count, and the cursor up to which both are complete.
// Stream, other tabs and polls all bring their changes here; a queue keeps them in order.

import { isNewer, seqOf } from "../cursor.js";

export const LISTED = 20;
const MOST = 100;
const GRACE_MS = 1000;
const UNDO_MS = 60_000;
const RELOADS = ["reset", "unreadable", "polled"];

export class Store {
  #api;
  #etag = "";
  #last = Promise.resolve();
  #newest = "";
  #users = 0;

  /** `changed()`: to be drawn again. `arrived(notifications)`: these are new. Both are called after each change. */
  constructor(api, changed, arrived) {
    this.#api = api;
    this.server = api.server;
    this.conn = "live";
    this.changed = changed;
    this.arrived = arrived;
    this.share = () => {}; // passes on to other tabs that this one has found something by polling
    this.catchUp = () => this.poll(); // called when the page has missed a change
    this.acted = () => {}; // called with the seq of a change that this tab has made
    this.clear();
  }

  /** Forget the items, and what is still under way: another user signed in, or the user signed out. */
  clear() {
    this.#users += 1;
    Object.assign(this, { items: [], unread: 0, cursor: "", next: "", undo: null });
    this.#etag = this.#newest = "";
  }

  get seq() {
    return seqOf(this.cursor) || 0;
  }

  isNew(cursor) {
    return isNewer(cursor, this.cursor);
  }

  /** An event of the stream, from this tab or from the leading one. */
  receive({ event, data, id }) {
    return this.#enqueue(() => this.#apply(event, JSON.parse(data), id));
  }

  /** Loads what is new, if anything is. Whether the server answered. */
  poll() {
    return this.#enqueue(async () => {
      const head = await this.#head();
      if (head?.ok && this.isNew(cursorOf(head)) && (await this.#load())) this.share({ event: "polled", data: "{}", id: "" });
      return Boolean(head);
    });
  }

  reload() {
    return this.#enqueue(() => this.#load());
  }

  /** A stream that is up may still have lost an event. */
  async checkComplete() {
    const head = await this.#head();
    if (head?.ok) this.expect(seqOf(cursorOf(head)));
  }

  /** The server is at `seq`. If this page is not there after a moment, it has missed a change. */
  expect(seq) {
    const behind = () => seq > this.seq;
    if (behind()) setTimeout(() => behind() && this.catchUp(), GRACE_MS);
  }

  /** Adds the next page of older notifications. */
  more() {
    return this.#enqueue(async () => {
      const page = await this.#page(LISTED, `&before=${this.next}`);
      if (!page) return;
      const known = new Set(this.items.map(({ id }) => id));
      this.items.push(...page.items.filter(({ id }) => !known.has(id)));
      this.next = page.next;
      this.changed();
    });
  }

  /** Sends a change; the stream brings it back, to all tabs. `undoText`: offers to undo it. Whether the server took it. */
  async act(method, path, body, undoText) {
    const answer = await this.#api.call(`api/notifications${path && `/${path}`}`, { method, body });
    if (!answer?.ok) return false;
    const { seq, changed = 1 } = await answer.json();
    this.#offer(undoText && changed ? { seq, text: undoText.replace("{n}", changed) } : null);
    this.acted(seq);
    return true;
  }

  /** The page goes on to the link meanwhile. */
  clicked({ id }, index) {
    this.#api.call(`api/notifications/${id}/clicked`, { method: "POST", body: { index }, keepalive: true });
  }

  #offer(undo) {
    this.undo = undo;
    this.changed();
    setTimeout(() => undo && this.undo === undo && this.#offer(null), UNDO_MS);
  }

  async #apply(event, data, id) {
    const ahead = !this.cursor || data.seq > this.seq;
    if (RELOADS.includes(event) || (event === "connected" && ahead)) return this.#load();
    if (event === "heartbeat") return this.expect(data.seq);
    if (!ahead || !("unread_count" in data)) return;
    this.unread = data.unread_count;
    const complete = event !== "state" || this.#move(data);
    if (event === "notification") this.#put(data);
    if (id) this.cursor = id;
    if (!complete || (this.next && this.items.length < LISTED)) return this.#load();
    this.changed();
    if (event === "notification" && data.status === "unread") this.arrived([data]);
  }

  /** New, or updated in place: then it moves to the top. */
  #put(item) {
    const others = this.items.filter(({ id }) => id !== item.id);
    const older = others.findIndex(({ created_at }) => created_at <= item.created_at);
    if (isListed(item)) others.splice(older < 0 ? others.length : older, 0, item);
    this.items = others;
    this.#see([item]);
  }

  /** Whether all of it is known here. One that comes back after an undo is not, nor is the answer to a question. */
  #move({ changed }) {
    const status = new Map(changed.map((change) => [change.id, change.status]));
    this.items = this.items.map((item) => (status.has(item.id) ? { ...item, status: status.get(item.id) } : item));
    const known = new Map(this.items.map((item) => [item.id, item]));
    this.items = this.items.filter(isListed);
    return changed.every((change) => !isListed(change) || (known.has(change.id) && !asks(known.get(change.id))));
  }

  /** As many as are shown, and those that arrived since. */
  async #load() {
    const page = await this.#page(Math.min(MOST, Math.max(LISTED, this.items.length)), "");
    if (!page) return false;
    const since = this.#newest;
    const fresh = page.items.filter((item) => this.cursor && item.status === "unread" && item.created_at > since);
    Object.assign(this, page);
    this.#see(page.items);
    this.changed();
    if (fresh.length) this.arrived(fresh);
    return true;
  }

  async #page(limit, before) {
    const users = this.#users;
    const answer = await this.#api.call(`api/notifications?limit=${limit}${before}`);
    if (!answer?.ok) return null;
    const next = answer.headers.get("Link")?.match(/before=(\d+)/)?.[1] ?? "";
    const items = await answer.json();
    if (users !== this.#users) return null;
    return before ? { items, next } : { items, next, unread: Number(answer.headers.get("X-Unread-Count")), cursor: cursorOf(answer) };
  }

  async #head() {
    const head = await this.#api.call("api/notifications/unread-count", { headers: this.#etag ? { "If-None-Match": this.#etag } : {} });
    if (head?.ok) this.#etag = head.headers.get("ETag") ?? "";
    return head;
  }

  #see(items) {
    for (const { created_at } of items) if (created_at > this.#newest) this.#newest = created_at;
  }

  #enqueue(job) {
    const users = this.#users;
    const run = () => users === this.#users && job();
    this.#last = this.#last.then(run, run);
    return this.#last;
  }
}

/** Whether it has a question that was not answered, as far as this page knows. */
export function asks({ actions, answer }) {
  return !answer && actions.find(({ reply }) => reply);
}

/** Archived, snoozed and deleted ones are not in the list. */
function isListed({ status }) {
  return status === "unread" || status === "read";
}

/** The entity tag of a list begins with the cursor of its inbox: the same server makes both. */
function cursorOf(answer) {
  return answer.headers.get("ETag")?.match(/[0-9a-f]+-\d+/)?.[0] ?? "";
}
