import assert from "node:assert/strict";
import { test } from "node:test";
import { makesToast } from "../../static/js/embed/kinds.js";
import { Store } from "../../static/js/embed/store.js";

const EPOCH = "5f0c2a91";

/** A server with one page of `items`, the newest first, at `seq`. */
class Server {
  server = "http://localhost/";
  loads = 0;
  items = [];
  seq = 0;

  async call(path) {
    const counts = path.includes("unread-count");
    if (!counts) this.loads += 1;
    const headers = new Headers({ ETag: `"${EPOCH}-${this.seq}-0123"`, "X-Unread-Count": "0" });
    return { ok: true, status: 200, headers, json: async () => structuredClone(this.items) };
  }
}

async function opened(...items) {
  const server = new Server();
  const arrived = [];
  Object.assign(server, { items, seq: 10 });
  const store = new Store(
    server,
    () => {},
    (found) => arrived.push(...found.map(({ id }) => id)),
  );
  await store.reload();
  return { server, store, arrived };
}

function item(id, minute, status = "unread") {
  return { id, status, seq: 1, type: "info", priority: "normal", actions: [], created_at: `2026-01-01T10:${minute}:00.000Z` };
}

function event(store, name, seq, data, id = `${EPOCH}-${seq}`) {
  return store.receive({ event: name, id, data: JSON.stringify({ ...data, seq, unread_count: seq }) });
}

const ids = ({ items }) => items.map(({ id }) => id);

test("a new notification comes first, an older one in its place", async () => {
  const { store, arrived } = await opened(item("b", "02"));
  await event(store, "notification", 11, item("c", "03"));
  await event(store, "notification", 12, item("a", "01", "read"));
  assert.deepEqual(ids(store), ["c", "b", "a"]);
  assert.deepEqual(arrived, ["c"]);
  assert.deepEqual([store.unread, store.cursor], [12, `${EPOCH}-12`]);
});

test("what was seen already changes nothing", async () => {
  const { store, arrived } = await opened(item("b", "02"));
  await event(store, "notification", 10, item("c", "03"));
  await event(store, "state", 9, { changed: [{ id: "b", status: "deleted" }] });
  assert.deepEqual([ids(store), store.unread, arrived], [["b"], 0, []]);
});

test("events of one operation count together, up to the one with its cursor", async () => {
  const { store } = await opened(item("b", "02"), item("a", "01"));
  await event(store, "state", 11, { changed: [{ id: "b", status: "read" }] }, "");
  assert.equal(store.cursor, `${EPOCH}-10`);
  await event(store, "notification", 11, item("c", "03"));
  assert.deepEqual([ids(store), store.cursor], [["c", "b", "a"], `${EPOCH}-11`]);
});

test("archived, snoozed and deleted ones leave the list", async () => {
  const { store } = await opened(item("a", "04"), item("b", "03"), item("c", "02"), item("d", "01"));
  const changed = ["archived", "snoozed", "deleted"].map((status, index) => ({ id: "abc"[index], status }));
  await event(store, "state", 11, { changed });
  await event(store, "notification", 12, item("e", "05", "snoozed"));
  assert.deepEqual(ids(store), ["d"]);
});

test("one that comes back, a reset and a gap load the list again", async () => {
  const { server, store } = await opened(item("a", "01"));
  await event(store, "state", 11, { changed: [{ id: "gone", status: "read" }] });
  await event(store, "reset", 12, {});
  await event(store, "connected", 40, {});
  assert.equal(server.loads, 4);
  await event(store, "connected", 10, {});
  await event(store, "state", 13, { changed: [{ id: "gone", status: "deleted" }] });
  assert.equal(server.loads, 4);
});

test("an answer that was given on another device is loaded", async () => {
  const question = { ...item("a", "01"), actions: [{ label: "Which?", reply: true }], answer: null };
  const { server, store } = await opened(question);
  server.items = [{ ...question, status: "read", answer: "This" }];
  await event(store, "state", 11, { changed: [{ id: "a", status: "read" }] });
  assert.deepEqual([server.loads, store.items[0].answer], [2, "This"]);
  await event(store, "state", 12, { changed: [{ id: "a", status: "unread" }] });
  assert.equal(server.loads, 2);
});

test("a poll loads only what is new, and announces only what arrived", async () => {
  const { server, store, arrived } = await opened(item("a", "01"));
  await store.poll();
  assert.equal(server.loads, 1);
  server.items = [item("c", "03"), item("b", "02", "read"), item("a", "01")];
  server.seq = 12;
  await store.poll();
  assert.deepEqual([server.loads, arrived], [2, ["c"]]);
});

test("what was under way for one user is not shown to the next", async () => {
  const { server, store, arrived } = await opened(item("a", "01"));
  const loading = store.reload();
  const told = event(store, "notification", 11, item("b", "02"));
  store.clear();
  server.items = [item("c", "03")];
  await Promise.all([loading, told]);
  assert.deepEqual([ids(store), store.unread, arrived], [[], 0, []]);
  await store.reload();
  assert.deepEqual(ids(store), ["c"]);
});

test("what its reader has muted makes no toast", () => {
  assert.equal(makesToast({ type: "error", priority: "normal" }), true);
  assert.equal(makesToast({ type: "error", priority: "urgent", quiet: true }), false);
  assert.equal(makesToast({ type: "info", priority: "normal" }), false);
});
