// The service worker: shows pushes, also while no page of this site is open. Served as sw.js at the top of the site.
//
// A push: `{ id, title, text, url, unread, open }`. `open`: the ids that are still unread; what was read elsewhere is closed here.

const here = (path) => new URL(path, self.registration.scope).href;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.data && event.waitUntil(show(event.data.json())));
self.addEventListener("notificationclick", (event) => event.waitUntil(follow(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

/** The tag is the id: an update replaces what is shown, and each notification is shown once. */
async function show({ id, title, text, url, unread, open }) {
  const options = { body: text, tag: id, renotify: true, icon: here("static/icon.svg"), data: { id, url } };
  await self.registration.showNotification(title, options);
  const shown = await self.registration.getNotifications();
  for (const notification of shown) if (notification.tag !== id && !open.includes(notification.tag)) notification.close();
  await badge(unread);
}

/** The number at the icon of an installed site; few systems have one. */
async function badge(unread) {
  if (!self.navigator.setAppBadge) return;
  await (unread ? self.navigator.setAppBadge(unread) : self.navigator.clearAppBadge());
}

/** Goes to the notification's page in a tab of this site, or opens one. */
async function follow(notification) {
  notification.close();
  const target = new URL(notification.data.url, self.location.origin).href;
  const tabs = await self.clients.matchAll({ type: "window" });
  const tab = tabs.find(({ visibilityState }) => visibilityState === "visible") ?? tabs[0];
  if (!tab) return self.clients.openWindow(target);
  await tab.focus();
  return tab.navigate(target);
}

/** The browser has dropped the subscription or replaced it. */
async function renew({ oldSubscription, newSubscription }) {
  if (!oldSubscription) return;
  const { applicationServerKey } = oldSubscription.options;
  const options = { userVisibleOnly: true, applicationServerKey };
  const fresh = (newSubscription ?? (await self.registration.pushManager.subscribe(options))).toJSON();
  const old = oldSubscription.toJSON();
  const body = new URLSearchParams({ endpoint: fresh.endpoint, ...fresh.keys, old_endpoint: old.endpoint, old_auth: old.keys.auth });
  await fetch(here("push/renew"), { method: "POST", body });
}
