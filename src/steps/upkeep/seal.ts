import { sealEvents } from "../../store/events.ts";
import type { Desk } from "../desk.ts";

/** How young an event may be and still be left for the next seal: longer than any transaction takes. */
const SETTLING_MS = 30_000;

/** Link what happened into the desk-wide chain; the head goes to the log too, out of the database's reach. */
export async function seal(desk: Pick<Desk, "database" | "clock" | "log">): Promise<void> {
  const now = desk.clock();
  const sealed = await desk.database.db.transaction((db) =>
    sealEvents(db, now.toISOString(), new Date(now.getTime() - SETTLING_MS).toISOString()),
  );
  if (sealed.sealed > 0) desk.log.info({ head: sealed.hash, events: sealed.sealed }, "audit log sealed");
}
