// The kind of a notification, for icon and colour, and whether it comes up as a toast: the rules of `presenters/notification.py`.

const ENDINGS = {
  success: "complete completed success succeeded done ready",
  error: "error failed failure",
  warning: "warning needed required",
};

/** One of info, success, warning, error. A type that the sender made up, such as `video_complete`, goes by its last word. */
export function kindOf(type) {
  const last = type.split(/[._-]/).at(-1);
  return Object.keys(ENDINGS).find((kind) => ENDINGS[kind].split(" ").includes(last)) ?? "info";
}

/** Information only with high priority, low priority never, nor what its reader has muted. */
export function makesToast({ type, priority, quiet }) {
  if (quiet) return false;
  return priority === "high" || priority === "urgent" || (priority === "normal" && kindOf(type) !== "info");
}

/** Whether its toast stays until it is dismissed. */
export function staysOpen({ type, priority }) {
  return priority === "urgent" || kindOf(type) === "error";
}
