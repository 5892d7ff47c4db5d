// Times in the reader's zone and language.

import { relativeTime, shortTime } from "./relative_time.js";

const locale = document.documentElement.lang;
const timeZone = document.body.dataset.timeZone || undefined;
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });

/**
 * HTML has no element that formats a time: the server does not know the reader's clock, nor, in an event rendered once for all, their
 * language. A `<time>` with a date only is left as it is.
 */
export function showTimes() {
  for (const time of document.querySelectorAll('time[datetime*="T"]')) {
    const then = new Date(time.dateTime);
    const text = time.matches(".short") ? short(then) : long(then);
    if (time.textContent !== text) time.textContent = text;
    time.title ||= absolute.format(then);
  }
}

function long(then) {
  const distance = relativeTime((then - Date.now()) / 1000);
  return distance ? relative.format(...distance) : absolute.format(then);
}

function short(then) {
  const form = shortTime((Date.now() - then) / 1000, then.getFullYear() === new Date().getFullYear());
  if (!Array.isArray(form)) return new Intl.DateTimeFormat(locale, { ...form, timeZone }).format(then);
  const [number, unit] = form;
  if (number === 0) return relative.format(0, "second");
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(number);
}
