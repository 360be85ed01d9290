import { createHash } from "node:crypto";
import type { GateResult } from "../../review/gate.ts";
import { renderAdminAlert, renderElsewhere } from "../../review/notices.ts";
import { revokeDigest, type DigestRecord } from "../../store/digests.ts";
import { insideMailExists } from "../../store/outbox.ts";
import { askAgain, reviewsByIds } from "../../store/reviews.ts";
import type { Directory } from "../desk.ts";
import { technicianAt } from "../file-facts.ts";
import { queueInside } from "../inside-mail.ts";
import { askForDigest } from "../request-review.ts";
import type { Unit } from "../unit.ts";
import { clockTime, firstName } from "../words.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

/**
 * Somebody who has not proven to be the technician used the token: no answer goes to that address. The technician is told
 * at the registered one, admins are alerted, and where the sender is no technician at all the digest is withdrawn
 * (threats 9 and 21). One notice a digest and hour.
 */
export async function refusedUnproven(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply,
  gate: Extract<GateResult, { open: false }>,
): Promise<readonly number[]> {
  const { digest, technician, message } = reply;
  if (digest === null || technician === null || !technician.active) return [];
  // A program's answer, and a copy of what the technician sent, alarm nobody: the event is enough.
  if (gate.code === "automatic" || gate.code === "replayed") return [];
  if (digest.revokedAt !== null || digest.expiresAt <= unit.now) return [];
  const from = message.from[0]?.address ?? "(no readable From)";
  const stranger =
    gate.code === "sender-not-registered" && technicianAt(directory.technicians, from) === null;
  if (stranger && (await revokeDigest(unit.db, digest.id, `a reply came from ${from}`, unit.now)))
    await askAnew(desk, unit, digest);
  const name = createHash("sha256")
    .update(`elsewhere ${digest.id} ${unit.now.slice(0, 13)}`)
    .digest("hex")
    .slice(0, 32);
  if (await insideMailExists(unit.db, `<${name}@${desk.settings.reviewAddress.split("@").at(-1) ?? ""}>`))
    return [];
  const notice = renderElsewhere(directory.templates, {
    deskName: desk.settings.name,
    firstName: firstName(technician.name),
    digestSubject: message.subject,
    from,
    receivedAt: clockTime(unit.at, unit.at, desk.settings.timeZone),
    reason: gate.sentence,
    live: !stranger,
  });
  const ids = [
    await queueInside(desk, unit, { kind: "notice", technician, mail: notice, ticketId: null, name }),
  ];
  const alert = renderAdminAlert(directory.templates, {
    deskName: desk.settings.name,
    title: "A review reply could not be trusted",
    sentences: [
      `A reply to a digest of ${technician.name} was refused. Nothing was sent to any client.`,
      stranger
        ? "Its token is void now, and the drafts are asked in a new digest."
        : "The digest stays valid for its technician.",
    ],
    facts: [
      { label: "From", text: from },
      { label: "Reason", text: gate.sentence },
    ],
    diagnostic: "",
  });
  for (const admin of directory.technicians.filter(
    (one) => one.active && one.role === "admin" && one.id !== technician.id,
  )) {
    ids.push(
      await queueInside(desk, unit, { kind: "alert", technician: admin, mail: alert, ticketId: null }),
    );
  }
  return ids;
}

async function askAnew(desk: DecidingDesk, unit: Unit, digest: DigestRecord): Promise<void> {
  const reviews = await reviewsByIds(
    unit.db,
    digest.items.map((item) => item.reviewId).filter((id) => id !== null),
  );
  for (const review of reviews.values()) {
    if (review.status !== "open") continue;
    await askAgain(unit.db, review.id, null);
    askForDigest(desk, unit, digest.technicianId, review.urgent ? review.id : null);
  }
}
