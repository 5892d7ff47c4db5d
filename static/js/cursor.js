// Cursors on the wire: EPOCH-SEQ, the change of an inbox up to which a page is up to date. Other clients must treat them as opaque;
// these scripts are served by the server that makes the cursors, so they may compare them.

export function seqOf(cursor) {
  return Number(cursor.split("-")[1]);
}

/** Whether `cursor` is newer than `shown`. Events without a cursor (progress) count as new; so does one of another database. */
export function isNewer(cursor, shown) {
  if (!cursor) return true;
  return epochOf(cursor) !== epochOf(shown) || seqOf(cursor) > seqOf(shown);
}

function epochOf(cursor) {
  return cursor.split("-")[0];
}
