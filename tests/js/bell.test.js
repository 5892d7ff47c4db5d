import assert from "node:assert/strict";
import test from "node:test";
import { badgeText } from "../../static/js/bell.js";
import { bellLabel } from "../../static/js/bell_label.js";

test("the badge shows 9+ above nine", () => {
  assert.deepEqual([0, 9, 10, 1000].map(badgeText), ["0", "9", "9+", "9+"]);
});

test("the bell is named after the count", () => {
  assert.deepEqual([0, 1, 12].map(bellLabel), ["Notifications", "Notifications (1 unread)", "Notifications (12 unread)"]);
});
