// The list of notifications: one element each, made again only when it has changed.

import { relativeTime } from "../relative_time.js";
import { make, setText } from "./dom.js";
import { iconButton, iconOf } from "./icons.js";
import { kindOf } from "./kinds.js";
import { asks } from "./store.js";
import { texts } from "./texts.js";

const LINK = /^(https?:\/\/|\/(?![/\\]))/i;

export class Items {
  #store;
  #most;
  #time;
  #shown = new Map();

  /** At most `most` of the store's. `time(iso)`: the text of a time. */
  constructor(store, most, time) {
    this.#store = store;
    this.#most = most;
    this.#time = time;
    this.element = make("ul", { role: "list" });
  }

  render() {
    const list = this.element;
    const focused = list.getRootNode().activeElement?.closest("li");
    const index = [...list.children].indexOf(focused);
    const shown = this.#shown;
    this.#shown = new Map(this.#store.items.slice(0, this.#most).map((item) => [item.id, this.#drawn(item, shown.get(item.id))]));
    for (const [id, { element }] of shown) if (!this.#shown.has(id)) element.remove();
    let place = 0;
    for (const { element } of this.#shown.values()) {
      if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
      place += 1;
    }
    // The focus on an element that has gone would fall back to the top of the page.
    if (focused && !focused.isConnected)
      [...list.children]
        .at(Math.min(index, place - 1))
        ?.querySelector("button")
        ?.focus();
  }

  showTimes() {
    for (const time of this.element.querySelectorAll("time")) setText(time, this.#time(time.dateTime));
  }

  #drawn(item, before) {
    if (before?.item === item) return before;
    const element = this.#draw(item);
    this.#store.watch(element, item);
    if (before) replace(before.element, element);
    return { item, element };
  }

  #draw(item) {
    const { title, message, image_url, status, type, created_at, answer } = item;
    const question = asks(item);
    const unread = status === "unread";
    // The hidden word has a direction of its own: otherwise it would decide that of the title.
    return make(
      "li",
      { "data-id": item.id, "data-status": status, "data-kind": kindOf(type) },
      iconOf(kindOf(type)),
      make(
        "div",
        {},
        make(
          "div",
          { class: "line" },
          make("p", { class: "title", dir: "auto" }, unread && make("span", { class: "hidden", dir: "ltr" }, `${texts.isUnread} `), title),
          make("time", { datetime: created_at, title: new Date(created_at).toLocaleString() }, this.#time(created_at)),
        ),
        message.trim() !== title.trim() && make("p", { class: "text", dir: "auto" }, message),
        LINK.test(image_url) && make("p", {}, make("a", { href: image_url, rel: "noopener noreferrer", target: "_blank" }, texts.picture)),
        links(this.#store, item),
        answer && make("p", { class: "text" }, `${texts.answered} `, make("span", { dir: "auto" }, answer)),
        question && replyForm(this.#store, item, question.label),
      ),
      make(
        "div",
        { class: "buttons" },
        unread ? this.#change("check", texts.read, item, "read") : this.#change("unread", texts.unreadAgain, item, "unread"),
        this.#change("archive", texts.archive, item, "archived", texts.undoArchive),
        iconButton("delete", texts.delete, () => this.#store.act("DELETE", item.id, undefined, texts.undoDelete)),
      ),
    );
  }

  #change(name, label, { id }, status, undoText) {
    return iconButton(name, label, () => this.#store.act("PATCH", id, { status }, undoText));
  }
}

/** What the reader has begun to write is kept. */
function replace(before, element) {
  const [from, to] = [before, element].map((each) => each.querySelector("textarea"));
  const writing = from?.matches(":focus");
  if (from && to) {
    to.value = from.value;
    to.closest("details").open = from.closest("details").open;
  }
  before.replaceWith(element);
  if (writing) to?.focus();
}

/** The answer to a question, opened by a button. The stream brings it back as a change, to all devices; one that is refused stays in the form. */
function replyForm(store, { id }, label) {
  const text = make("textarea", { dir: "auto", rows: 1, maxlength: 1000, required: "" });
  async function submit(event) {
    event.preventDefault();
    if (!(await store.act("POST", `${id}/replies`, { text: text.value }))) store.reload();
  }
  const click = ({ target }) => requestAnimationFrame(() => target.parentElement.open && text.focus());
  const form = make("form", { submit }, make("label", { dir: "auto" }, label, text), make("button", {}, texts.send));
  return make("details", {}, make("summary", { click }, texts.reply), form);
}

/** The links of a notification. A path belongs to the page's own site; only the page of its session is the server's. */
export function links(store, item) {
  const found = item.actions.map(({ label, url }, index) => {
    if (!LINK.test(url)) return null;
    const own = item.related_session_id && url.endsWith(`sessions/${item.related_session_id}`) && url.startsWith("/");
    const href = own ? store.server + url.slice(1) : url;
    return make("a", { href, rel: "noopener noreferrer", dir: "auto", class: "action", click: () => store.clicked(item, index) }, label);
  });
  return found.some(Boolean) && make("p", { class: "links" }, ...found);
}

/** "3h ago", and after a week the date: beside a title. */
export function timeTexts(locale) {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" });
  return (iso) => {
    const then = new Date(iso);
    const distance = relativeTime((then - Date.now()) / 1000);
    return distance ? relative.format(...distance) : then.toLocaleDateString(locale, { dateStyle: "medium" });
  };
}
