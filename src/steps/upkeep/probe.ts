import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { renderProbe } from "../../review/notices.ts";
import { deriveToken, digestReference, reviewAddress, tokenHash } from "../../review/token.ts";
import { insertDigest } from "../../store/digests.ts";
import { eventsOf, type StoredEvent } from "../../store/events.ts";
import type { Db } from "../../store/database.ts";
import { insideMailById } from "../../store/outbox.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { queueInside, sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";
import { clockTime, firstName } from "../words.ts";

/** A digest that asks nothing, to see by which proof a technician's replies count. */
interface Probe {
  readonly digestId: string;
  /** The relay has taken the mail. */
  readonly sent: boolean;
}

/** Mail a probe to a technician. Its reply is judged by the running desk as any review reply, and releases nothing. */
export async function sendProbe(
  desk: MailingDesk & Pick<Desk, "key">,
  technician: Technician,
  validMs: number,
): Promise<Probe> {
  const { templates } = await desk.directory.current();
  const { settings } = desk;
  const digestId = desk.random(16).toString("hex");
  const token = deriveToken(desk.key, digestId);
  const outboxId = await transact(desk, "probe", async (unit) => {
    const expiresAt = new Date(unit.at.getTime() + validMs);
    const id = await queueInside(desk, unit, {
      kind: "digest",
      technician,
      mail: renderProbe(templates, {
        deskName: settings.name,
        firstName: firstName(technician.name),
        reference: digestReference(desk.key, digestId),
        expiresAt: clockTime(expiresAt, unit.at, settings.timeZone),
      }),
      ticketId: null,
      replyTo: reviewAddress(settings.reviewAddress, token),
    });
    await insertDigest(
      unit.db,
      {
        id: digestId,
        tokenSha256: tokenHash(token),
        technicianId: technician.id,
        purpose: "probe",
        outboxId: id,
        expiresAt: expiresAt.toISOString(),
        items: [],
      },
      unit.now,
    );
    unit.record({
      stream: `probe:${digestId}`,
      actor: deskActor("doctor"),
      kind: "probe.sent",
      sentence: `A test of the replies of ${technician.name} was mailed.`,
      evidence: { digestId, technicianId: technician.id },
    });
    return id;
  });
  await sendQueued(desk, outboxId);
  return { digestId, sent: (await insideMailById(desk.database.db, outboxId)) === null };
}

/** What has become of a probe so far, oldest first: `probe.sent`, `probe.deferred`, `probe.refused`, `probe.answered`. */
export function probeStory(db: Db, digestId: string): Promise<readonly StoredEvent[]> {
  return eventsOf(db, [`probe:${digestId}`]);
}
