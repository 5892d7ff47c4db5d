// What the embedded bell says. `data-locale` on the script loads another language, and `data-text-NAME` replaces a single text.

export const texts = {
  bell: "Notifications",
  unread: "Notifications ({n} unread)",
  readAll: "Mark all as read",
  clear: "Clear all",
  read: "Mark as read",
  unreadAgain: "Mark as unread",
  archive: "Archive",
  delete: "Delete",
  isUnread: "Unread:",
  none: "No notifications yet",
  more: "Load more",
  all: "See all",
  picture: "Open the picture",
  dismiss: "Dismiss",
  answered: "You answered:",
  reply: "Reply",
  send: "Send",
  undo: "Undo",
  undoRead: "{n} marked as read.",
  undoArchive: "{n} archived.",
  undoDelete: "{n} deleted.",
  away: "{n} new while you were away",
  reconnecting: "Connection lost - attempting to reconnect...",
  polling: "Checking from time to time",
  offline: "Not connected",
};

/** `own`: the script's `dataset`. */
export async function loadTexts(server, { locale, ...own }) {
  const found = locale && (await fetch(`${server}embed.${locale}.json`).catch(() => null));
  if (found?.ok) Object.assign(texts, await found.json());
  for (const name in texts) texts[name] = own[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? texts[name];
}
