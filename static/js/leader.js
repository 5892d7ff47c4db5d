// When a tab takes the stream over from another one: decisions without clock and locks. All times are milliseconds.

const ANSWER_MS = 10_000;
const POLLING_MS = 150_000;
const BEATS = 3;

/** How long a follower waits for a message of the leader. `conn`: the leader's last known state, undefined before its first message. */
export function patienceMs(conn, beatMs) {
  if (conn === undefined) return ANSWER_MS;
  return conn === "live" ? BEATS * beatMs : POLLING_MS;
}

/** A tab that the browser has frozen keeps its lock. The visible tab does not wait for it; a hidden one can. */
export function takesOver({ follows, hidden, silentMs, conn, beatMs }) {
  return follows && !hidden && silentMs > patienceMs(conn, beatMs);
}
