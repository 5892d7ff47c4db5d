// Icons of the list and of toasts.

import { BELL, icon, make } from "./dom.js";

const LINES = {
  info: BELL,
  success: "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M8 12.5l2.7 2.7L16 9.5",
  warning: "M12 3.5 2.5 20h19zM12 10v4.5M12 17.25v.01",
  error: "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M9 9l6 6M15 9l-6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  unread: "M3.5 6h17v12.5h-17zM4 6.5l8 6 8-6",
  archive: "M4 8.5h16V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM3 4.5h18v4H3zM10 12.5h4",
  delete: "M4 6.5h16M9 6.5V4h6v2.5M6 6.5 7 20h10l1-13.5",
  close: "m6 6 12 12M18 6 6 18",
};

export function iconOf(name) {
  return icon(LINES[name]);
}

/** A button that shows an icon, and is called `label`. */
export function iconButton(name, label, click) {
  return make("button", { type: "button", "aria-label": label, title: label, click }, iconOf(name));
}
