import { LEARNED_FIELDS } from "../../desk/learned-field.ts";
import { messageWithRaw } from "../../store/messages.ts";
import { recordPredictions } from "../../store/predictions.ts";
import { ticketById } from "../../store/tickets.ts";
import type { Desk } from "../desk.ts";
import { filingOf } from "../filing/file.ts";
import { readMessage } from "../handle.ts";
import { saidBy } from "../review/said-by.ts";
import { forTriage, triageContextFor } from "./triage-context.ts";
import { transact } from "../unit.ts";

/**
 * Ask the engine that runs beside the desk's own about a message that the desk has triaged, and keep what it says, to be held
 * against people's decisions. It decides nothing, and no mail waits for it. Does nothing where it gave no answer of its own.
 */
export async function triageInShadow(desk: Desk, messageId: number): Promise<void> {
  const directory = await desk.directory.current();
  const found = await messageWithRaw(desk.database.reader, messageId);
  if (directory.shadow === null || found === null || found.raw === null) return;
  const { message: stored, raw } = found;
  if (stored.triage === null || stored.ticketId === null || stored.rawSha256 === null) return;
  const ticket = await ticketById(desk.database.reader, stored.ticketId);
  const read = await readMessage(desk, stored, stored.rawSha256, raw);
  if (ticket === null || read === null) return;
  const filing = await filingOf(desk, stored);
  const context = await triageContextFor(
    desk,
    directory,
    ticket,
    filing.kind === "follow-up" ? stored.id : null,
  );
  const triage = await directory.shadow.triage(forTriage(read.message, filing, ticket, stored), context);
  if (triage.fallback !== undefined || triage.engine === stored.triage.engine) return;
  await transact(desk, "shadow", (unit) =>
    recordPredictions(
      unit.db,
      { messageId, engine: triage.engine, version: triage.version },
      LEARNED_FIELDS.map((field) => saidBy(triage, field)),
      unit.now,
    ),
  );
}
