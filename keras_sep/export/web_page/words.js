// Numbers and lists as the page says them.

/** "vocals, drums and bass" */
export const inWords = (names) => new Intl.ListFormat("en-GB").format(names);

/** "36 MB" */
export function megabytes(bytes) {
  const size = bytes / 1e6;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MB`;
}

/** "2 minutes left" */
export function timeLeft(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return "less than a second left";
  const [count, unit] = seconds < 60
    ? [Math.ceil(seconds), "second"]
    : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"} left`;
}
