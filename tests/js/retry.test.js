import assert from "node:assert/strict";
import test from "node:test";
import * as retry from "../../static/js/retry.js";

const NOTHING = { heard: false, status: 0 };
const HEARD = { heard: true, status: 0 };
const UNAUTHORIZED = { heard: false, status: 401, unauthorized: true };

/** The retry history after these connections, each of which failed. */
function after(...ends) {
  return ends.reduce((history, end) => retry.afterFailure(retry.afterConnection(history, end, false), end), retry.FIRST_TRY);
}

test("the delay doubles from one second up to 25, with a fifth of jitter either way", () => {
  const middle = [1, 2, 3, 4, 5, 6, 7].map((failures) => retry.reconnectDelay({ failures }, 0, 0.5));
  assert.deepEqual(middle, [1000, 2000, 4000, 8000, 16_000, 25_000, 25_000]);
  assert.equal(retry.reconnectDelay({ failures: 1 }, 0, 0), 800);
  assert.ok(retry.reconnectDelay({ failures: 9 }, 0, 0.999_999) < 30_000);
});

test("a server that asks for more time gets it", () => {
  assert.equal(retry.reconnectDelay({ failures: 1 }, 7000, 0.5), 7000);
  assert.equal(retry.reconnectDelay({ failures: 5 }, 7000, 0.5), 16_000);
});

test("failures in a row are counted until an event was received", () => {
  assert.equal(after(NOTHING, NOTHING, NOTHING).failures, 3);
  assert.equal(after(NOTHING, NOTHING, HEARD).failures, 1);
});

test("a reconnect that the page asked for starts the count again", () => {
  assert.equal(retry.afterConnection(after(NOTHING, NOTHING), NOTHING, true).failures, 0);
});

test("after ten failures in a row the page polls and shows the loss", () => {
  const nine = after(...Array(9).fill(NOTHING));
  assert.equal(retry.givesUp(nine), false);
  const ten = after(...Array(10).fill(NOTHING));
  assert.equal(retry.givesUp(ten), true);
  assert.equal(ten.lost, true);
});

test("a server without room or with streams switched off is polled at once, without an alarm", () => {
  for (const end of [
    { heard: false, status: 429 },
    { heard: true, status: 0, reason: "disabled" },
  ]) {
    const history = after(end);
    assert.equal(retry.givesUp(history), true);
    assert.equal(history.lost, false);
  }
  assert.equal(retry.givesUp(retry.SWITCHED_OFF), true);
  assert.equal(retry.SWITCHED_OFF.lost, false);
});

test("a loss is shown again when the server was reached in between", () => {
  const turnedAway = after({ heard: false, status: 429 });
  assert.equal(retry.afterFailure(retry.afterConnection(turnedAway, HEARD, false), HEARD).lost, true);
});

test("an expired sign-in is renewed once; when that fails the user has to sign in", () => {
  const once = retry.afterConnection(retry.FIRST_TRY, UNAUTHORIZED, false);
  assert.deepEqual([once.renewed, once.expired], [true, false]);
  assert.equal(retry.afterConnection(once, UNAUTHORIZED, false).expired, true);
});

test("a stream that works after the renewal may be renewed again", () => {
  const once = retry.afterConnection(retry.FIRST_TRY, UNAUTHORIZED, false);
  const works = retry.afterConnection(once, HEARD, false);
  assert.equal(works.renewed, false);
  const revoked = { ...HEARD, unauthorized: true };
  assert.equal(retry.afterConnection(once, revoked, false).expired, false);
});

test("a failure of the network does not count as a renewal that failed", () => {
  const once = retry.afterConnection(retry.FIRST_TRY, UNAUTHORIZED, false);
  const offline = retry.afterConnection(once, NOTHING, false);
  assert.deepEqual([offline.renewed, offline.expired], [true, false]);
});

test("polls come less and less often, at least once a minute", () => {
  const delays = [retry.POLL_FIRST_MS];
  while (delays.length < 8) delays.push(retry.nextPollDelay(delays.at(-1)));
  assert.deepEqual(delays.slice(0, 4), [10_000, 15_000, 22_500, 33_750]);
  assert.equal(delays.at(-1), 60_000);
});

test("a connection that is silent for too long is ended", () => {
  const quiet = { live: true, silentMs: 900, limitMs: 1000, sleptMs: 0 };
  assert.equal(retry.checkSilence(quiet), "wait");
  assert.equal(retry.checkSilence({ ...quiet, silentMs: 1001 }), "restart");
  assert.equal(retry.checkSilence({ ...quiet, silentMs: 1001, live: false }), "abort");
});

test("a machine that slept reconnects without waiting for silence", () => {
  assert.equal(retry.checkSilence({ live: true, silentMs: 0, limitMs: 1000, sleptMs: 10_001 }), "restart");
  assert.equal(retry.checkSilence({ live: true, silentMs: 0, limitMs: 1000, sleptMs: 9000 }), "wait");
});
