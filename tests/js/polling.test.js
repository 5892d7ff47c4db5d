import assert from "node:assert/strict";
import test from "node:test";
import { Polling } from "../../static/js/polling.js";

/** Lets the poll that a timer has started come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function counted(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const poll = t.mock.fn(async () => {});
  return { poll: poll.mock, polling: new Polling(poll) };
}

test("polls come after 10, then 10, 15, 22.5 seconds", async (t) => {
  const { poll, polling } = counted(t);
  polling.start(10_000);
  const counts = [];
  for (const ms of [9999, 1, 9999, 1, 14_999, 1, 22_499, 1]) {
    t.mock.timers.tick(ms);
    await settled();
    counts.push(poll.callCount());
  }
  assert.deepEqual(counts, [0, 1, 1, 2, 2, 3, 3, 4]);
});

test("a second start changes nothing", async (t) => {
  const { poll, polling } = counted(t);
  polling.start(10_000);
  t.mock.timers.tick(9000);
  polling.start(10_000);
  t.mock.timers.tick(1000);
  assert.equal(poll.callCount(), 1);
});

test("after stop there are no more polls, even if one was under way", async (t) => {
  const { poll, polling } = counted(t);
  polling.start(0);
  t.mock.timers.tick(0);
  polling.stop();
  await settled();
  t.mock.timers.tick(600_000);
  assert.equal(poll.callCount(), 1);
});

test("restart polls at once and begins with the short delay again", async (t) => {
  const { poll, polling } = counted(t);
  polling.start(10_000);
  polling.restart();
  t.mock.timers.tick(0);
  await settled();
  assert.equal(poll.callCount(), 1);
  t.mock.timers.tick(10_000);
  assert.equal(poll.callCount(), 2);
});
