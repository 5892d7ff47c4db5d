// "3 hours ago", or "3h" in lists: which number and unit, without clock and language.

const DAY = 86_400;
const RELATIVE_DAYS = 7;
const UNITS = [
  ["day", DAY],
  ["hour", 3600],
  ["minute", 60],
];

/** Arguments for `Intl.RelativeTimeFormat.format`, or null where the date says more. `seconds`: from now on, negative for the past. */
export function relativeTime(seconds) {
  const distance = Math.abs(seconds);
  if (distance > RELATIVE_DAYS * DAY) return null;
  const [unit, size] = UNITS.find(([, size]) => distance >= size) ?? ["second", Infinity]; // less than a minute is "now"
  return [Math.trunc(seconds / size) || 0, unit];
}

/**
 * The short form of a past time: "now", a unit with its number within a day, else what of the date to show: "weekday", "day" or "month".
 * `ageSeconds`: 0 for now; `sameYear`: whether the year is the present one.
 */
export function shortTime(ageSeconds, sameYear) {
  if (ageSeconds < 60) return ["now"];
  if (ageSeconds < 3600) return ["minute", Math.trunc(ageSeconds / 60)];
  if (ageSeconds < DAY) return ["hour", Math.trunc(ageSeconds / 3600)];
  if (ageSeconds < 6 * DAY) return ["weekday"];
  return [sameYear ? "day" : "month"];
}
