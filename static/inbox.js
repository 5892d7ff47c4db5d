// What this page shows and how far it has come. Whatever brings news (the stream, another tab, a look of its own) comes through here,
// one after the other and never backwards.

const GRACE_MS = 1000;

export class Inbox {
  #last = Promise.resolve();
  #etag = "";

  /** `source`: the element that carries the cursor the page was rendered at. */
  constructor(source) {
    this.source = source;
    this.cursor = source.dataset.cursor;
    this.user = document.documentElement.dataset.user;
    this.share = () => {}; // what it found itself, with other tabs
    this.catchUp = () => this.look(); // when it has missed something
  }

  /** Opaque to others, cursors are ours to read: EPOCH-SEQ. What bears none (progress) is always news. */
  isNew(cursor) {
    const [epoch, seq] = cursor.split("-");
    return !cursor || epoch !== this.cursor.split("-")[0] || Number(seq) > this.seq;
  }

  get seq() {
    return Number(this.cursor.split("-")[1]);
  }

  /** After an event has been shown. */
  reached(id, event, data) {
    if (event === "connected" && JSON.parse(data).user_id !== this.user) return location.reload();
    if (event === "heartbeat") this.expect(JSON.parse(data).seq);
    if (id && this.isNew(id)) this.cursor = id;
    document.dispatchEvent(new CustomEvent("notifier:shown", { detail: event }));
  }

  /** What another tab has received. */
  receive({ event, data, id }) {
    return this.#next(async () => {
      if (event === "reset") return this.#loadLists(true);
      if (!event && !this.isNew(id)) return;
      if (!event) await this.#swap(data);
      this.reached(id, event, data);
    });
  }

  /** Shows what is new since the cursor; an expired sign-in is renewed by the way. Whether the server was reached. */
  look() {
    return this.#next(async () => {
      const after = this.cursor;
      const news = await this.#ask(`${this.source.dataset.poll}?after=${encodeURIComponent(after)}`);
      if (news?.data && (after === this.cursor || this.isNew(news.id))) await this.#show(news);
      if (news?.data) this.share({ event: "", data: news.data, id: news.id === after ? "" : news.id });
      return Boolean(news);
    });
  }

  /** Shows the lists anew; `whatever` the cursor says: after a reset it may be a smaller one. */
  reload(whatever = true) {
    return this.#next(() => this.#loadLists(whatever));
  }

  /** The stream is up; is it complete? */
  async count() {
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await fetch("/api/notifications/unread-count", { headers }).catch(() => null);
    if (!answer?.ok) return;
    this.#etag = answer.headers.get("ETag");
    this.expect((await answer.json()).seq);
  }

  /** The server is at `seq`: if this page still is not in a moment, it has missed something. */
  expect(seq) {
    if (seq > this.seq) setTimeout(() => seq > this.seq && this.catchUp(), GRACE_MS);
  }

  signIn() {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  /** Those of this page, with what its history was asked for. If the stream was quicker than the answer, once more. */
  async #loadLists(whatever) {
    const asked = document.getElementById("asked");
    const lists = await this.#ask(`${this.source.dataset.fragments}?${asked ? new URLSearchParams(new FormData(asked)) : ""}`);
    if (!lists) return;
    if (!whatever && lists.id !== this.cursor && !this.isNew(lists.id)) return this.#loadLists(false);
    await this.#show(lists);
  }

  /** What the server answers, with the cursor it stands for; undefined when there is no answer. */
  async #ask(url) {
    const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
    if (answer?.status === 401) this.signIn();
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

  #next(job) {
    this.#last = this.#last.then(job, job);
    return this.#last;
  }
}
