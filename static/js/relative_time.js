// "3 hours ago": which number and unit, without clock and language.

const DAY_SECONDS = 86_400;
const RELATIVE_DAYS = 7;
const UNITS = [
  ["day", DAY_SECONDS],
  ["hour", 3600],
  ["minute", 60],
];

/** Arguments for `Intl.RelativeTimeFormat.format`, or null where the date says more. `seconds`: from now on, negative for the past. */
export function relativeTime(seconds) {
  const distance = Math.abs(seconds);
  if (distance > RELATIVE_DAYS * DAY_SECONDS) return null;
  const [unit, size] = UNITS.find(([, size]) => distance >= size) ?? ["second", Infinity]; // less than a minute is "now"
  return [Math.trunc(seconds / size) || 0, unit];
}
