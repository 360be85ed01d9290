import { composeReply, newMessageId } from "../../mail/compose/compose.ts";
import type { Actor } from "../../desk/event.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import { insertAuthorisation, insertRelease, type AuthorisationSource } from "../../store/releases.ts";
import { moveDraft } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import type { Unit } from "../unit.ts";

/** Random letters and digits for a Message-ID. */
export function randomName(desk: Pick<Desk, "random">): string {
  return desk.random(12).toString("hex");
}

/**
 * Freeze an approved draft: authorisation, MIME bytes, Message-ID and the delivery job commit with the caller's decision.
 * Compare-and-set: answers `null`, and writes nothing, when the draft is no longer `proposed`.
 */
export async function holdRelease(
  desk: Pick<Desk, "settings" | "random">,
  unit: Unit,
  input: {
    readonly draft: DraftRecord;
    readonly ticketNumber: number;
    readonly language: string;
    readonly source: AuthorisationSource;
    readonly actor: Actor;
    /** When somebody sees it who may call it back; the undo window begins then. Left out: now. */
    readonly shownAt?: Date;
    /** Bytes of the draft's attachments, by their hex SHA-256. */
    readonly files?: ReadonlyMap<string, Buffer>;
  },
): Promise<{ readonly releaseId: number; readonly holdUntil: Date } | null> {
  const { draft, actor } = input;
  const holdUntil = new Date((input.shownAt ?? unit.at).getTime() + desk.settings.review.holdMs);
  const approved = await moveDraft(
    unit,
    { id: draft.id, verb: "approve" },
    {
      stream: `ticket:${draft.ticketId}`,
      actor,
      kind: "draft.approved",
      sentence: `Draft ${draft.revision} was approved and is held until ${holdUntil.toISOString()}.`,
      evidence: {
        draftId: draft.id,
        revision: draft.revision,
        canonicalSha256: draft.canonicalSha256,
        source: input.source,
      },
    },
  );
  if (!approved) return null;
  const authorisation = await insertAuthorisation(unit.db, input.source, draft, unit.now);
  const { content } = draft;
  const messageId = newMessageId(randomName(desk), domainOf(desk.settings.address), input.ticketNumber);
  const mime = await composeReply(content, {
    messageId,
    date: unit.at,
    // RFC 3834 §5: no person wrote or read it.
    autoReplied: input.source.kind === "grant",
    language: input.language,
    ...(input.files === undefined ? {} : { files: input.files }),
  });
  const releaseId = await insertRelease(
    unit.db,
    {
      ticketId: draft.ticketId,
      draftId: draft.id,
      authorisation,
      messageId,
      envelopeFrom: content.from.address,
      envelopeTo: [...content.to, ...content.cc].map((mailbox) => mailbox.address),
      mime,
      holdUntil: holdUntil.toISOString(),
    },
    unit.now,
  );
  unit.enqueue({ kind: "deliver", payload: { releaseId }, runAt: holdUntil.toISOString(), priority: 5 });
  return { releaseId, holdUntil };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
