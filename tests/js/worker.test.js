import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../static/js/worker.js", import.meta.url), "utf8");

/** The service worker with what it uses of the browser; `calls` lists what it did. `badges`: whether the system has any. */
function started({ badges = true } = {}) {
  const calls = [];
  const shown = new Map();
  const handlers = {};
  const self = {
    registration: {
      scope: "https://notify.example.com/",
      async showNotification(title, options) {
        const close = () => shown.delete(options.tag);
        shown.set(options.tag, { title, ...options, close });
      },
      async getNotifications() {
        return [...shown.values()];
      },
    },
    navigator: badges ? { setAppBadge: async (count) => calls.push(count), clearAppBadge: async () => calls.push("cleared") } : {},
    addEventListener: (name, handle) => {
      handlers[name] = handle;
    },
  };
  vm.runInNewContext(SOURCE, { self, URL, URLSearchParams });
  const push = (content) => {
    let work;
    handlers.push({ data: { json: () => content }, waitUntil: (promise) => (work = promise) });
    return work;
  };
  return { calls, shown, push };
}

const content = (id, unread, open) => ({ id, title: `About ${id}`, text: "", url: "/", unread, open });

test("the badge is the number of unread notifications, and goes with the last", async () => {
  const { calls, push } = started();
  await push(content("a", 1, ["a"]));
  await push(content("b", 25, ["a", "b"]));
  await push(content("c", 0, []));
  assert.deepEqual(calls, [1, 25, "cleared"]);
});

test("a push shows one notification and closes those that were read elsewhere", async () => {
  const { shown, push } = started();
  await push(content("a", 1, ["a"]));
  await push(content("b", 2, ["a", "b"]));
  assert.deepEqual([...shown.keys()], ["a", "b"]);
  await push(content("c", 1, ["c"]));
  assert.deepEqual([...shown.keys()], ["c"]);
});

test("systems without badges show the notification all the same", async () => {
  const { shown, push } = started({ badges: false });
  await push(content("a", 1, ["a"]));
  assert.equal(shown.get("a").title, "About a");
});
