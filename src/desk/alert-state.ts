/** What a monitoring system says of one thing that it watches. `info` is none of the others: an acknowledgement, a downtime. */
export const ALERT_STATES = ["info", "recovery", "warning", "problem"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/**
 * Whether somebody must hear of an alert on an open ticket whose last news was `before`: it got worse, it is over, or it
 * came back. The same again is not news: a sensor that flaps all night would ask a hundred times.
 *
 * @param before `null` where nothing is known of it
 */
export function isNews(now: AlertState, before: AlertState | null): boolean {
  if (now === "info") return false;
  if (before === null) return true;
  if (now === "warning") return before === "recovery";
  return now !== before;
}
