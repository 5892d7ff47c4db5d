// Decisions of the stream, without clock and network: how long to wait before the next connection, when to poll instead, when silence
// means that a connection is dead. All times are milliseconds.

export const GIVE_UP_AFTER = 10;
const BACKOFF_FIRST_MS = 1000;
const BACKOFF_LAST_MS = 25_000; // the jitter comes on top: under 30 s
const JITTER = 0.2;
export const POLL_FIRST_MS = 10_000;
const POLL_LAST_MS = 60_000;
const POLL_GROWTH = 1.5;
const SLEPT_MS = 10_000;

/**
 * How the connections went so far. `failures`: in a row. `lost`: whether the page has to tell the reader that the connection is lost.
 * `renewed`: the server refused the sign-in and it has been renewed since. `expired`: renewing did not help, the reader has to sign in.
 */
export const FIRST_TRY = { failures: 0, lost: true, renewed: false, expired: false };
export const SWITCHED_OFF = { ...FIRST_TRY, failures: GIVE_UP_AFTER, lost: false };

/** After a connection has ended. `heard`: it received an event. `interrupted`: this page ended it itself in order to reconnect. */
export function afterConnection(history, { heard, unauthorized }, interrupted) {
  return {
    ...history,
    failures: heard || interrupted ? 0 : history.failures,
    renewed: Boolean(unauthorized) || (history.renewed && !heard),
    expired: Boolean(unauthorized) && history.renewed && !heard,
  };
}

/** Before the wait for the next one. A server that has no room, or whose streams are switched off, is not asked again for a while. */
export function afterFailure(history, { status, reason }) {
  const turnedAway = status === 429 || reason === "disabled";
  return {
    ...history,
    failures: turnedAway ? GIVE_UP_AFTER : history.failures + 1,
    lost: !turnedAway && (history.lost || history.failures === 0),
  };
}

export function givesUp({ failures }) {
  return failures >= GIVE_UP_AFTER;
}

/** 1, 2, 4 … s, at least what the server asks for. The jitter spreads the clients of a restarted server. `random`: in [0, 1). */
export function reconnectDelay({ failures }, serverMs = 0, random = Math.random()) {
  const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** (failures - 1), BACKOFF_LAST_MS);
  return Math.max(backoff * (1 - JITTER + 2 * JITTER * random), serverMs);
}

export function nextPollDelay(ms) {
  return Math.min(ms * POLL_GROWTH, POLL_LAST_MS);
}

/**
 * What to do with the present connection: "restart" (at once), "abort" (it counts as failed, the back-off applies) or "wait".
 * `sleptMs`: for how long the machine was suspended; a connection from before that is not worth waiting for.
 */
export function checkSilence({ live, silentMs, limitMs, sleptMs }) {
  const silent = silentMs > limitMs;
  if (sleptMs > SLEPT_MS || (live && silent)) return "restart";
  return silent ? "abort" : "wait";
}
