// Receipts: what was on the screen of a visible tab counts as seen, in the list at once, a toast after two seconds.

const TOAST_MS = 2000;
const BATCH_MS = 200;

export class Seen {
  #report;
  #watched = new WeakMap(); // by element: { key, id, timer }
  #known = new Set();
  #waiting = [];
  #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) this.#wait(target, isIntersecting);
  });

  /** `report(ids)`: called once for each notification that was seen, and again when its content has changed. */
  constructor(report) {
    this.#report = report;
  }

  watch(element, { id, created_at }) {
    const key = `${id} ${created_at}`;
    if (this.#known.has(key)) return;
    this.#watched.set(element, { key, id });
    this.#observer.observe(element);
  }

  #wait(element, shown) {
    const watched = this.#watched.get(element);
    const ms = element.localName === "li" && !document.hidden ? 0 : TOAST_MS;
    clearTimeout(watched.timer);
    if (shown) watched.timer = setTimeout(() => this.#seen(element), ms);
  }

  #seen(element) {
    if (document.hidden) return this.#wait(element, true);
    const { key, id } = this.#watched.get(element);
    this.#observer.unobserve(element);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    if (!this.#waiting.length) setTimeout(() => this.#report(this.#waiting.splice(0)), BATCH_MS);
    this.#waiting.push(id);
  }
}
