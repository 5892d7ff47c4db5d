import assert from "node:assert/strict";
import test from "node:test";
import { isNewer, seqOf } from "../../static/js/cursor.js";

test("a cursor's seq is a number", () => {
  assert.equal(seqOf("5f0c2a91-120"), 120);
});

test("only a higher seq of the same database is newer", () => {
  assert.equal(isNewer("5f0c2a91-10", "5f0c2a91-9"), true);
  assert.equal(isNewer("5f0c2a91-9", "5f0c2a91-9"), false);
  assert.equal(isNewer("5f0c2a91-9", "5f0c2a91-10"), false);
});

test("another database is newer even with a lower seq", () => {
  assert.equal(isNewer("00000001-1", "5f0c2a91-900"), true);
});

test("an event without a cursor is always new", () => {
  assert.equal(isNewer("", "5f0c2a91-9"), true);
});
