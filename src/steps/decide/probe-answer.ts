import { person } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { renderProbeAnswer } from "../../review/notices.ts";
import { PROOF_NAMES } from "../../review/proof-advice.ts";
import type { Proof } from "../../review/proof.ts";
import { revokeDigest, type DigestRecord } from "../../store/digests.ts";
import type { Directory } from "../desk.ts";
import { queueInside } from "../review/inside-mail.ts";
import type { Unit } from "../unit.ts";
import { firstName } from "../words.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

interface ProbeReply {
  readonly reply: Reply;
  readonly digest: DigestRecord;
  readonly technician: Technician;
  /** One name for one reply: a second run finds the answer instead of writing another. */
  readonly name: string;
  readonly proof: Proof;
}

/** The reply to `doctor --probe` came, and is the technician's: it says by which proof, and releases nothing. */
export async function answerProbe(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  { reply, digest, technician, name, proof }: ProbeReply,
): Promise<number> {
  await revokeDigest(unit.db, digest.id, "the test was answered", unit.now);
  unit.record({
    stream: `probe:${digest.id}`,
    actor: person(technician.email),
    kind: "probe.answered",
    sentence: `${technician.name} answered a test: ${PROOF_NAMES[proof.kind]}.`,
    evidence: { proof, messageId: reply.stored.id },
  });
  return queueInside(desk, unit, {
    kind: "transcript",
    technician,
    mail: renderProbeAnswer(directory.templates, {
      deskName: desk.settings.name,
      firstName: firstName(technician.name),
      subject: reply.message.subject,
      proof: PROOF_NAMES[proof.kind],
      detail: proof.detail,
    }),
    ticketId: null,
    inReplyTo: reply.message.messageId,
    name,
  });
}
