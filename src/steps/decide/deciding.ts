import type { Actor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Proof } from "../../review/proof.ts";
import type { AskedBackView, ReleaseView, TranscriptLine } from "../../review/transcript.ts";
import type { DigestItem } from "../../store/digests.ts";
import { insertDecision } from "../../store/decisions.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import type { Taught } from "./taught.ts";
import type { Unit } from "../unit.ts";

/** One item of the digest as it stands inside the deciding transaction. */
export interface ItemState {
  readonly item: DigestItem;
  readonly review: ReviewRecord | null;
  readonly draft: DraftRecord | null;
  readonly ticket: TicketRecord;
  readonly basedOn: MessageRecord | null;
}

/** What every verb needs: the open transaction, who speaks, with which proof, through which channel. */
export interface Deciding {
  readonly desk: Pick<Desk, "settings" | "random" | "directory" | "sealing" | "key" | "log">;
  readonly unit: Unit;
  readonly directory: Directory;
  readonly technician: Technician;
  readonly actor: Actor;
  readonly proof: Proof;
  readonly channel: "mail" | "console" | "api";
  readonly digestId: string | null;
  /** The review reply; `null` from the console. */
  readonly messageId: number | null;
  /** What the reply has taught so far; written at its end (`teach.ts`). */
  readonly taught: Taught[];
}

/** What came of one intention, as the transcript shows it. */
export interface Outcome {
  readonly line: TranscriptLine;
  readonly release?: ReleaseView;
  readonly askedBack?: AskedBackView;
}

export function outcome(
  line: string,
  item: number | null,
  result: TranscriptLine["outcome"],
  sentence: string,
): Outcome {
  return { line: { line, item, outcome: result, sentence } };
}

/** Write down who decided what, with the proof; every verb that changes something calls it once. */
export function decision(
  deciding: Deciding,
  state: ItemState,
  verb: string,
  detail: Readonly<Record<string, unknown>> = {},
  draft: DraftRecord | null = state.draft,
): Promise<number> {
  return insertDecision(
    deciding.unit.db,
    {
      reviewId: state.review?.id ?? null,
      ticketId: state.ticket.id,
      draftId: draft?.id ?? null,
      draftRevision: draft?.revision ?? null,
      technicianId: deciding.technician.id,
      verb,
      channel: deciding.channel,
      detail,
      proof: deciding.proof,
      messageId: deciding.messageId,
    },
    deciding.unit.now,
  );
}
