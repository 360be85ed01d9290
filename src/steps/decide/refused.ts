import { desk as deskActor } from "../../desk/event.ts";
import type { Refusal } from "../../review/gate.ts";
import { setDisposition } from "../../store/messages.ts";
import { takeWarning } from "../../store/warnings.ts";
import { transact, type Unit } from "../unit.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

const HOUR_MS = 60 * 60 * 1000;
/** A flood of forged replies must not bury a ticket's story; each is in its own message's story all the same. */
const SHOWN_AN_HOUR = 20;

/** The refusal in the story of the message, and of the tickets that its digest asks about. */
export async function recordRefusal(unit: Unit, reply: Reply, gate: Refusal): Promise<void> {
  const { stored, digest, technician, message } = reply;
  const evidence = {
    code: gate.code,
    check: gate.check,
    shortfalls: gate.shortfalls.map(({ proof, check }) => ({ proof, check })),
    from: message.from[0]?.address ?? "",
    messageId: stored.id,
    digestId: digest?.id ?? null,
    technicianId: technician?.id ?? null,
  };
  const event = {
    actor: deskActor("gate"),
    kind: "review.refused",
    sentence: `A review reply was refused: ${gate.sentence}`,
    evidence,
  };
  unit.record({ ...event, stream: `message:${stored.id}` });
  if (digest === null) return;
  if (digest.purpose === "probe") {
    unit.record({ ...event, stream: `probe:${digest.id}`, kind: "probe.refused" });
    return;
  }
  const shown = await takeWarning(unit.db, `refusals of digest ${digest.id}`, unit.at, HOUR_MS);
  if (!shown.sends && shown.heldBack >= SHOWN_AN_HOUR) return;
  for (const ticketId of new Set(digest.items.map((item) => item.ticketId)))
    unit.record({ ...event, stream: `ticket:${ticketId}` });
}

/** DNS did not answer: shown while it waits, once, and tried again by the job. */
export async function recordDeferral(desk: DecidingDesk, reply: Reply, gate: Refusal): Promise<void> {
  const { stored, digest } = reply;
  if (stored.dispositionCode === gate.code) return;
  await transact(desk, "defer", async (unit) => {
    const sentence = `It is tried again: ${gate.sentence}`;
    if (!(await setDisposition(unit.db, stored.id, gate.code, sentence))) return;
    const event = {
      actor: deskActor("gate"),
      kind: "review.deferred",
      sentence: `A review reply waits, and is tried again: ${gate.sentence}`,
      evidence: { code: gate.code, messageId: stored.id, digestId: digest?.id ?? null },
    };
    unit.record({ ...event, stream: `message:${stored.id}` });
    if (digest?.purpose === "probe")
      unit.record({ ...event, stream: `probe:${digest.id}`, kind: "probe.deferred" });
  });
}
