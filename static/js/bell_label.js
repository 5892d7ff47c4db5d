// The name of the bell for an unread count, as `_bell.html` draws it.

export function bellLabel(unread) {
  return unread ? `Notifications (${unread} unread)` : "Notifications";
}
