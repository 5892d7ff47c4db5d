// The inbox: heading, buttons for all, what can be undone, the list, and how the connection is. Inside the bell's popover, or on the page.

import { make, setText } from "./dom.js";
import { Items } from "./items.js";
import { texts } from "./texts.js";

export class Panel {
  #store;
  #items;
  #undo = make("div", { class: "undo", role: "status" });
  #offered = null;
  #none = make("p", { class: "none" }, texts.none);
  #more = make("button", { type: "button", class: "more", click: () => this.#store.more() }, texts.more);
  #state = make("p", { class: "state", role: "status" });
  #pages;

  /** `pages`: whether older notifications can be loaded. `history`: where "See all" leads, if anywhere. */
  constructor(store, { most, pages, history, time }) {
    this.#store = store;
    this.#pages = pages;
    this.#items = new Items(store, most, time);
    const act = (label, ...how) => make("button", { type: "button", click: () => store.act(...how) }, label);
    this.parts = [
      make(
        "div",
        { class: "top" },
        make("h2", { id: "heading" }, texts.bell),
        act(texts.readAll, "POST", "read-all", undefined, texts.undoRead),
        act(texts.clear, "DELETE", "", undefined, texts.undoDelete),
      ),
      this.#undo,
      this.#items.element,
      this.#none,
      this.#more,
      history ? make("a", { class: "more", href: history }, texts.all) : "",
      this.#state,
    ];
  }

  render() {
    const { items, next, conn, cursor } = this.#store;
    this.#items.render();
    this.#none.hidden = items.length > 0 || !cursor; // nothing is known before the first answer
    this.#more.hidden = !this.#pages || !next;
    this.#offer(this.#store.undo);
    setText(this.#state, texts[conn] ?? "");
  }

  showTimes() {
    this.#items.showTimes();
  }

  #offer(undo) {
    if (undo === this.#offered) return;
    this.#offered = undo;
    const take = () => this.#store.act("POST", "undo", { seq: undo.seq });
    this.#undo.replaceChildren(...(undo ? [undo.text, " ", make("button", { type: "button", click: take }, texts.undo)] : []));
  }
}
