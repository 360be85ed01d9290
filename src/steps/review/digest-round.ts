import type { Desk } from "../desk.ts";

/** When a technician's gathered digest goes out next: on the round, or at once where digests are not gathered. */
export function nextDigestAt(desk: Pick<Desk, "settings">, at: Date): Date {
  const every = desk.settings.review.digestEveryMs;
  return every === 0 ? at : new Date(Math.ceil((at.getTime() + 1) / every) * every);
}
