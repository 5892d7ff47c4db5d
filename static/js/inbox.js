// The inbox as this page shows it, and the cursor up to which it is complete. Stream, other tabs and polls all bring their changes here.
// htmx swaps each of them where it comes from; this queue keeps them in order, and never goes back to an older state.

import { isNewer, seqOf } from "./cursor.js";
import { signIn } from "./sign_in.js";

const GRACE_MS = 1000;

export class Inbox {
  #last = Promise.resolve();
  #etag = "";

  /** `source`: the element with the URLs, and with the cursor at which the page was rendered. */
  constructor(source) {
    this.source = source;
    this.cursor = source.dataset.cursor;
    this.user = document.documentElement.dataset.user;
    this.share = () => {}; // passes on to other tabs what this page has polled
    this.catchUp = () => this.poll(); // called when the page has missed a change
  }

  /** Whether this tab holds the stream. Only that one plays sounds. */
  set leads(leads) {
    if (leads) this.source.dataset.leads = "true";
    else delete this.source.dataset.leads;
  }

  isNew(cursor) {
    return isNewer(cursor, this.cursor);
  }

  /** Called after an event was shown. htmx does not know that the account can change under an open page. */
  reached(id, event, data) {
    if (event === "connected" && JSON.parse(data).user_id !== this.user) return location.reload();
    if (event === "heartbeat") this.expect(JSON.parse(data).seq);
    if (id && this.isNew(id)) this.cursor = id;
    document.dispatchEvent(new CustomEvent("notifier:shown", { detail: event }));
  }

  /** Shows an event that the leading tab has received. htmx swaps what its own requests bring, not what a BroadcastChannel brings. */
  receive({ event, data, id }) {
    return this.#enqueue(async () => {
      if (event === "reset") return this.#loadLists(true);
      if (!event && !this.isNew(id)) return;
      if (!event) await this.#swap(data);
      this.reached(id, event, data);
    });
  }

  /** Shows what another tab of this browser has changed beside the inbox. */
  insert(partials) {
    return this.#enqueue(() => this.#swap(partials));
  }

  /** Shows what is new since the cursor; renews an expired sign-in on the way. Whether the server answered. */
  poll() {
    return this.#enqueue(() => this.#loadChanges());
  }

  /** Loads the lists again. `whatever` the cursor is: after a reset the new one may be smaller. */
  reload(whatever = true) {
    return this.#enqueue(() => this.#loadLists(whatever));
  }

  /** Asks the server for its seq: a stream that is up may still have lost an event. */
  async checkComplete() {
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await fetch(this.source.dataset.count, { headers }).catch(() => null);
    if (!answer?.ok) return;
    this.#etag = answer.headers.get("ETag");
    this.expect((await answer.json()).seq);
  }

  /** The server is at `seq`. If this page is not there after a moment, it has missed a change. */
  expect(seq) {
    const behind = () => seq > seqOf(this.cursor);
    if (behind()) setTimeout(() => behind() && this.catchUp(), GRACE_MS);
  }

  async #loadChanges() {
    const after = this.cursor;
    const news = await this.#get(`${this.source.dataset.poll}?after=${encodeURIComponent(after)}`);
    if (news?.data && (after === this.cursor || this.isNew(news.id))) await this.#show(news);
    if (news?.data) this.share({ event: "", data: news.data, id: news.id === after ? "" : news.id });
    return Boolean(news);
  }

  /** With the filters of the history on this page. Lists make no toasts, so changes that this page has not shown yet come first. */
  async #loadLists(whatever) {
    const filters = document.getElementById("asked");
    const query = filters ? new URLSearchParams(new FormData(filters)) : "";
    const lists = await this.#get(`${this.source.dataset.fragments}?${query}`);
    if (!lists) return;
    if (!whatever && this.isNew(lists.id)) await this.#loadChanges();
    if (!whatever && lists.id !== this.cursor && !this.isNew(lists.id)) return this.#loadLists(false); // there is more meanwhile
    await this.#show(lists);
  }

  /** The body with its cursor, undefined without an answer. htmx.ajax would swap it at once, before its cursor can be checked. */
  async #get(url) {
    const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
    if (answer?.status === 401) signIn();
    if (!answer?.ok) return;
    if ((answer.headers.get("X-User") ?? this.user) !== this.user) return location.reload();
    return { data: await answer.text(), id: answer.headers.get("Last-Event-ID") };
  }

  async #show({ data, id }) {
    await this.#swap(data);
    this.cursor = id;
    this.reached(id);
  }

  #swap(text) {
    return htmx.swap({ sourceElement: this.source, target: this.source, text, swap: "innerHTML" });
  }

  /** One change at a time: swaps are asynchronous, and two at once could show the older one last. */
  #enqueue(job) {
    this.#last = this.#last.then(job, job);
    return this.#last;
  }
}
