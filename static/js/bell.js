// The text of the badge for an unread count, as `_badge.html` draws it.

export function badgeText(unread) {
  return unread > 9 ? "9+" : String(unread);
}
