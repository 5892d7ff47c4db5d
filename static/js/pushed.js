// What a page does where push is set up: it reports what its user has seen, which then is not pushed, and closes what is read.

const SHOWN_MS = 2000;
const GATHER_MS = 200;
const STEP_MS = 500;
const { pushSeen, pushUnread } = document.body.dataset;
const toasts = document.getElementById("toasts");
const visible = new Map();
let closing = 0;

new MutationObserver(watch).observe(toasts, { childList: true });
document.addEventListener("notifier:shown", () => {
  clearTimeout(closing);
  closing = setTimeout(closeRead, GATHER_MS);
});
closeRead();
watch();

/** A toast counts as seen when it was shown for two seconds in a visible tab. */
function watch() {
  const waiting = [...toasts.querySelectorAll(".toast[data-id]:not([data-seen])")];
  const ids = [];
  for (const toast of waiting) {
    const shown = !document.hidden && toast.checkVisibility();
    const since = shown ? (visible.get(toast) ?? performance.now()) : undefined;
    if (shown) visible.set(toast, since);
    else visible.delete(toast);
    if (shown && performance.now() - since >= SHOWN_MS) ids.push(seen(toast));
  }
  if (ids.length) report(ids);
  clearTimeout(watch.timer);
  if (waiting.length > ids.length) watch.timer = setTimeout(watch, STEP_MS);
}

function seen(toast) {
  visible.delete(toast);
  toast.dataset.seen = "";
  return toast.dataset.id;
}

function report(ids) {
  const body = new URLSearchParams(new FormData(document.getElementById("act")));
  for (const id of ids) body.append("id", id);
  // Without an answer the notification is pushed as well, which is the lesser evil.
  fetch(pushSeen, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => {});
}

/** What was read on this page or elsewhere is closed on this device at once, not with the next push. */
async function closeRead() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const shown = (await registration?.getNotifications()) ?? [];
  if (!shown.length) return;
  const answer = await fetch(pushUnread, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const unread = (await answer.json()).map(({ id }) => id);
  for (const notification of shown) if (!unread.includes(notification.tag)) notification.close();
  if (!unread.length) await navigator.clearAppBadge?.();
}
