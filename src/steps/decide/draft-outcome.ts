import { wordDistance } from "../../review/word-distance.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import { insertDraftOutcome, type NewDraftOutcome } from "../../store/draft-outcomes.ts";
import type { Deciding } from "./deciding.ts";

/** Write down what became of a draft as it was proposed; with the text that went out where one did. */
export function recordOutcome(
  { unit, technician }: Deciding,
  draft: DraftRecord,
  outcome: NewDraftOutcome["outcome"],
  released: DraftRecord | null = null,
): Promise<void> {
  return insertDraftOutcome(
    unit.db,
    {
      draftId: draft.id,
      releasedDraftId: released?.id ?? null,
      template: draft.template,
      articleIds: draft.findings.articleIds,
      outcome,
      distance: released === null ? null : wordDistance(draft.content.body, released.content.body),
      technicianId: technician.id,
    },
    draft.editedFromDraftId,
    unit.now,
  );
}
