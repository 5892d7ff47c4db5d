// "3h", or a weekday, in lists: which form and number, without clock and language.

const DAY = 86_400;

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
