// Times in the reader's zone and language.

import { relativeTime } from "./relative_time.js";
import { shortTime } from "./short_time.js";

const locale = document.documentElement.lang;
const timeZone = document.body.dataset.timeZone || undefined;
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const absolute = dateFormat({ dateStyle: "medium", timeStyle: "short" });
const weekday = dateFormat({ weekday: "short" });
const day = dateFormat({ month: "short", day: "numeric" });
const month = dateFormat({ month: "short", year: "numeric" });
const units = Object.fromEntries(["minute", "hour"].map((unit) => [unit, unitFormat(unit)]));

/** After a swap: morphing has taken the title from those that it has changed. */
export function showNewTimes() {
  showIn(document.querySelectorAll('time[datetime*="T"]:not([title])'));
}

/**
 * HTML has no element that formats a time: the server does not know the reader's clock, nor, in an event rendered once for all, their
 * language. A `<time>` with a date only is left as it is.
 */
export function showTimes() {
  showIn(document.querySelectorAll('time[datetime*="T"]'));
}

function showIn(times) {
  const now = new Date();
  for (const time of times) {
    const then = new Date(time.dateTime);
    const text = time.matches(".short") ? short(then, now) : long(then, now);
    if (time.textContent !== text) time.textContent = text;
    time.title ||= absolute.format(then);
  }
}

function long(then, now) {
  const distance = relativeTime((then - now) / 1000);
  return distance ? relative.format(...distance) : absolute.format(then);
}

function short(then, now) {
  const [form, number] = shortTime((now - then) / 1000, then.getFullYear() === now.getFullYear());
  if (form in units) return units[form].format(number);
  return { now: () => relative.format(0, "second"), weekday: weekday.format, day: day.format, month: month.format }[form](then);
}

/** Making a format takes longer than a thousand uses of it. */
function dateFormat(options) {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone });
}

function unitFormat(unit) {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" });
}
