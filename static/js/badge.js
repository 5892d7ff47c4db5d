// Keeps the number at the bell current on a page without htmx, whose files the set-up could not fetch. Nothing else updates there.

import { badgeText } from "./bell.js";
import { bellLabel } from "./bell_label.js";
import { Polling } from "./polling.js";
import { signIn } from "./sign_in.js";

const source = document.getElementById("stream");
const title = document.title.replace(/^\(\d+\) /, "");

async function check() {
  const answer = await fetch(source.dataset.count).catch(() => null);
  if (answer?.status === 401) return signIn();
  const conn = answer?.ok ? "polling" : "offline";
  document.dispatchEvent(new CustomEvent("notifier:state", { detail: { conn, lost: conn === "offline" } }));
  if (answer?.ok) show((await answer.json()).unread_count);
}

function show(unread) {
  const badge = document.getElementById("badge");
  badge.textContent = badgeText(unread);
  badge.hidden = unread === 0;
  document.getElementById("bell").setAttribute("aria-label", bellLabel(unread));
  document.title = unread ? `(${unread}) ${title}` : title;
}

if (source) {
  const polling = new Polling(check);
  document.addEventListener("notifier:reconnect", () => polling.restart());
  polling.start(0);
}
