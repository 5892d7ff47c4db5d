import assert from "node:assert/strict";
import test from "node:test";
import { patienceMs, takesOver } from "../../static/js/leader.js";

const BEAT = 30_000;
const FOLLOWER = { follows: true, hidden: false, silentMs: 3 * BEAT + 1, conn: "live", beatMs: BEAT };

test("a follower waits for three heartbeats of a live leader", () => {
  assert.equal(patienceMs("live", BEAT), 90_000);
});

test("a follower without a state waits only for the leader's answer", () => {
  assert.equal(patienceMs(undefined, BEAT), 10_000);
});

test("a leader without a stream is silent for longer", () => {
  for (const conn of ["polling", "offline", "reconnecting"]) assert.equal(patienceMs(conn, BEAT), 150_000);
});

test("the visible follower of a silent leader takes over", () => {
  assert.equal(takesOver(FOLLOWER), true);
  assert.equal(takesOver({ ...FOLLOWER, silentMs: 3 * BEAT }), false);
});

test("a hidden tab and a tab without a leader do not take over", () => {
  assert.equal(takesOver({ ...FOLLOWER, hidden: true }), false);
  assert.equal(takesOver({ ...FOLLOWER, follows: false }), false);
});
