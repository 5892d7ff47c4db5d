// The embedded bell, on a page of any site: `<script src="https://SERVER/embed.js" data-token-url=… defer></script>`.
// This part draws the bell and its count. `live.js` follows, with the stream, the list and the toasts.

import { Api } from "./api.js";
import { defineElements, page } from "./elements.js";
import { script } from "./script.js";
import { loadTexts } from "./texts.js";

const AGAIN_MS = 10_000;

if (!customElements.get("notifier-bell")) begin(new URL(".", script.src).href, script.dataset);

async function begin(server, { tokenUrl, token, ...options }) {
  const api = new Api(server, tokenUrl, (subject) => belongsTo(subject));
  let belongsTo = (subject) => page.show({ signedIn: Boolean(subject) });

  /** The page's own server may be away for a moment. */
  async function signIn() {
    if ((await api.renew()) === null) setTimeout(signIn, AGAIN_MS);
  }

  await loadTexts(server, options);
  defineElements();
  if (!page.elements.size) document.body.append(document.createElement("notifier-bell"));
  document.addEventListener("notifier:renew", signIn);
  document.addEventListener("visibilitychange", () => document.hidden || page.shown.signedIn || signIn());
  if (token) api.use(token);
  else await signIn();
  const count = await api.call("api/notifications/unread-count");
  if (count?.ok) page.show({ unread: (await count.json()).unread_count });
  const { start } = await import("./live.js");
  belongsTo = start(api, options);
  belongsTo(api.subject);
}
