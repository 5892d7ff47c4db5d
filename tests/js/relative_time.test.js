import assert from "node:assert/strict";
import test from "node:test";
import { relativeTime } from "../../static/js/relative_time.js";
import { shortTime } from "../../static/js/short_time.js";

const format = (seconds) => new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(...relativeTime(seconds));

test("the largest unit that fits is used, rounded towards now", () => {
  const expected = {
    0: "now",
    [-59]: "now",
    [-60]: "1 minute ago",
    [-119]: "1 minute ago",
    [-3599]: "59 minutes ago",
    [-3600]: "1 hour ago",
    [-86_399]: "23 hours ago",
    [-86_400]: "yesterday",
    [-7 * 86_400]: "7 days ago",
  };
  const actual = Object.fromEntries(Object.keys(expected).map((seconds) => [seconds, format(Number(seconds))]));
  assert.deepEqual(actual, expected);
});

test("a time in the future, because the clock is slow, is formatted too", () => {
  assert.equal(format(30), "now");
  assert.equal(format(7200), "in 2 hours");
});

test("beyond a week the date is shown instead", () => {
  assert.equal(relativeTime(-7 * 86_400 - 1), null);
  assert.equal(relativeTime(8 * 86_400), null);
});

test("lists show the age within a day, then the weekday, then the date", () => {
  const day = 86_400;
  assert.deepEqual(shortTime(59, true), ["now"]);
  assert.deepEqual(shortTime(180, true), ["minute", 3]);
  assert.deepEqual(shortTime(day - 1, true), ["hour", 23]);
  assert.deepEqual(shortTime(day, true), ["weekday"]);
  assert.deepEqual(shortTime(6 * day, true), ["day"]);
  assert.deepEqual(shortTime(200 * day, false), ["month"]);
});
