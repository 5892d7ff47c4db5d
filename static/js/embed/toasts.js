// Toasts: one per notification that asks for attention, one in all when many arrive at once.

import { make } from "./dom.js";
import { iconButton, iconOf } from "./icons.js";
import { links } from "./items.js";
import { kindOf, makesToast, staysOpen } from "./kinds.js";
import { texts } from "./texts.js";

const AT_ONCE = 3;
const GATHER_MS = 30;

export class Toasts {
  #store;
  #waiting = [];

  constructor(store) {
    this.#store = store;
    this.element = make("div", {
      class: "toasts",
      role: "status",
      animationend: ({ animationName, target }) => animationName === "life" && target.remove(),
    });
  }

  /** Waits for a moment: after an interruption everything missed comes at once. */
  add(notifications) {
    if (!this.#waiting.length) setTimeout(() => this.#show(), GATHER_MS);
    this.#waiting.push(...notifications);
  }

  #show() {
    const found = this.#waiting.splice(0).filter(makesToast);
    if (found.length > AT_ONCE) this.#put("info", "", false, texts.away.replace("{n}", found.length));
    else for (const item of found) this.#put(kindOf(item.type), item.id, staysOpen(item), item.title, item);
  }

  #put(kind, id, stays, title, item) {
    const text = item && item.message.trim() !== title.trim() && item.message.slice(0, 200);
    const toast = make(
      "div",
      { class: stays ? "toast" : "toast passing", "data-kind": kind, "data-id": id },
      iconOf(kind),
      make(
        "div",
        {},
        make("p", { class: "title", dir: "auto" }, title),
        text && make("p", { class: "text", dir: "auto" }, text),
        item && links(this.#store, item),
      ),
      iconButton("close", texts.dismiss, () => toast.remove()),
    );
    for (const other of [...this.element.children]) if (other.dataset.id === id) other.remove();
    this.element.append(toast);
    if (item) this.#store.watch(toast, item);
  }
}
