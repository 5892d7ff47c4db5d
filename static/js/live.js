// Keeps a page of this site up to date: its inbox, its stream and its tabs, and the events on `document` between them and page.js.

import { seqOf } from "./cursor.js";
import { Inbox } from "./inbox.js";
import { Stream } from "./stream.js";
import { Tabs } from "./tabs.js";

function begin(source) {
  const inbox = new Inbox(source);
  const beatMs = Number(source.dataset.heartbeat) * 1000;
  const open = (share, announce) => new Stream(inbox, share, announce);
  const show = (detail) => document.dispatchEvent(new CustomEvent("notifier:state", { detail }));
  const tabs = new Tabs(inbox, `notifier:${inbox.user}`, beatMs, open, show);
  document.addEventListener("notifier:reconnect", () => tabs.ask({ restart: true }));
  document.addEventListener("notifier:fill", () => inbox.reload(false));
  document.addEventListener("notifier:spread", ({ detail }) => tabs.spread(detail));
  document.addEventListener("notifier:acted", ({ detail }) => tabs.acted(seqOf(detail)));
}

const source = document.getElementById("stream");
if (source && window.htmx) begin(source);
