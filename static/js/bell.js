// The texts of the bell for an unread count, as `_badge.html` and `_bell.html` draw them.

export function badgeText(unread) {
  return unread > 9 ? "9+" : String(unread);
}

export function bellLabel(unread) {
  return unread ? `Notifications (${unread} unread)` : "Notifications";
}
