// The second part of the embedded bell: stream, tabs, list and toasts. It says what happens by events on `document`: `notifier:changed`
// `{ unread, seq }`, and `notifier:arrived`, a notification.

import { Tabs } from "../tabs.js";
import { page } from "./elements.js";
import { timeTexts } from "./items.js";
import { JsonStream } from "./json_stream.js";
import { listStyles } from "./list_styles.js";
import { Panel } from "./panel.js";
import { watchSeen } from "./seen.js";
import { LISTED, Store } from "./store.js";
import { Toasts } from "./toasts.js";

const LOST_MS = 2000;
const TIMES_MS = 30_000;

/** Returns the function to call when a user signs in, out, or as another user. */
export function start(api, { historyUrl, locale, heartbeat = 30 }) {
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`notifier:${name}`, { detail }));
  const time = timeTexts(locale || document.documentElement.lang || undefined);
  const store = new Store(api, draw, arrived);
  const beatMs = heartbeat * 1000;
  let tabs = null;
  let waiting = null;
  let emitted = "";
  let lostTimer = 0;

  page.fill = (element) => {
    if (!element.panel) {
      const bell = element.localName === "notifier-bell";
      element.panel = new Panel(store, { most: bell ? LISTED : Infinity, pages: !bell, history: bell && historyUrl, time });
      element.toasts = new Toasts(store);
      element.place.append(...element.panel.parts);
      element.shadowRoot.append(element.toasts.element);
      element.shadowRoot.adoptedStyleSheets.push(listStyles);
    }
    element.panel.render();
  };
  page.elements.forEach(page.fill);
  setInterval(showTimes, TIMES_MS);

  return (subject) => {
    tabs?.end();
    tabs = null;
    store.clear();
    store.watch = watchSeen(seen); // anew for each user, before anything of theirs is drawn
    page.show({ signedIn: Boolean(subject) });
    if (!subject) return draw();
    store.reload();
    const open = (share, announce) => new JsonStream(store, api, beatMs, share, announce);
    tabs = new Tabs(store, `notifier:${api.server} ${subject}`, beatMs, open, showConnection);
    store.acted = (seq) => tabs?.acted(seq);
  };

  /** Once for all changes that come together. */
  function draw() {
    if (waiting) return;
    waiting = setTimeout(() => {
      const { cursor, unread, seq } = store;
      waiting = null;
      page.show({ unread });
      for (const { panel } of page.elements) panel.render();
      if (cursor && cursor !== emitted) emit("changed", { unread, seq });
      emitted = cursor;
    });
  }

  function seen(ids) {
    api.call("api/notifications/seen", { method: "POST", body: { ids } });
  }

  function showTimes() {
    for (const { panel } of page.elements) panel.showTimes();
  }

  /** The styles hide toasts in a narrow window with an open panel: it would lie over them, and its list begins with the same. */
  function arrived(notifications) {
    const [first] = page.elements;
    if (first?.toasts.element.checkVisibility()) first.toasts.add(notifications);
    for (const notification of notifications) emit("arrived", notification);
  }

  /** A loss is shown when it lasts: each load of a page begins with one. */
  function showConnection({ conn }) {
    const show = () => {
      store.conn = conn;
      draw();
    };
    clearTimeout(lostTimer);
    if (conn === "live") show();
    else lostTimer = setTimeout(show, LOST_MS);
  }
}
