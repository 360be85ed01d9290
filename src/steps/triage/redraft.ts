import { person } from "../../desk/event.ts";
import { canonicalSha256 } from "../../review/canonical.ts";
import { draftById, insertDraft } from "../../store/drafts.ts";
import { messageById } from "../../store/messages.ts";
import { askAgain, reviewById } from "../../store/reviews.ts";
import { lockTicket, ticketById } from "../../store/tickets.ts";
import type { Desk } from "../desk.ts";
import { guardReply, proposedBody } from "./draft-reply.ts";
import { triageContextFor } from "./triage-context.ts";
import { askForDigest } from "../review/request-review.ts";
import { transact } from "../unit.ts";

type Redrafting = Pick<
  Desk,
  "database" | "queue" | "clock" | "settings" | "directory" | "failPoint" | "random" | "log"
>;

/** Write another draft as the technician asked, and ask again. Does nothing where the client wrote or somebody decided meanwhile. */
export async function redraft(
  desk: Redrafting,
  job: {
    readonly reviewId: number;
    readonly draftId: number;
    readonly instruction: string;
    readonly technicianId: number;
  },
): Promise<void> {
  const directory = await desk.directory.current();
  const db = desk.database.reader;
  const review = await reviewById(db, job.reviewId);
  const previous = await draftById(db, job.draftId);
  const technician = directory.technicians.find((one) => one.id === job.technicianId);
  if (
    review === null ||
    review.status !== "open" ||
    previous === null ||
    review.draftId !== previous.id ||
    technician === undefined
  )
    return;
  const ticket = await ticketById(db, review.ticketId);
  const message =
    previous.basedOnMessageId === null ? null : await messageById(db, previous.basedOnMessageId);
  if (ticket === null || message === null || message.triage === null) return;
  const context = await triageContextFor(desk, directory, ticket, message.id);
  const proposed = await directory.engine.draft({
    triage: message.triage,
    message: { subject: message.subject ?? "", newText: message.newText ?? "" },
    context,
    ticketNumber: ticket.number,
    signature: { technician: technician.name, desk: desk.settings.name },
    redraft: { instruction: job.instruction, previous: previous.content.body },
  });
  const { body, warnings } = proposedBody(desk, directory, proposed.body, [
    job.instruction,
    previous.content.body,
    ...message.triage.articles.flatMap((article) => [article.source, article.excerpt]),
  ]);
  const content = { ...previous.content, body };
  const { fallback: _, ...seenBefore } = previous.findings;
  await transact(desk, "redraft", async (unit) => {
    const current = await lockTicket(unit.db, ticket.id);
    const still = await reviewById(unit.db, review.id);
    if (
      current?.lastClientMessageId !== previous.basedOnMessageId ||
      still?.status !== "open" ||
      still.draftId !== previous.id
    )
      return;
    const draft = await insertDraft(
      unit.db,
      {
        ticketId: ticket.id,
        kind: "reply",
        template: proposed.template,
        content,
        canonicalSha256: canonicalSha256(content),
        basedOnMessageId: previous.basedOnMessageId,
        author: proposed.author ?? directory.engine.name,
        editedFromDraftId: previous.id,
        findings: {
          ...seenBefore,
          articleIds: proposed.articleIds,
          unsourced: proposed.unsourced,
          sources: proposed.sources,
          questions: proposed.questions,
          warnings: [
            ...proposed.warnings,
            ...warnings,
            ...guardReply(desk, directory, content, proposed.sources),
          ],
          confidence: proposed.confidence,
          ...(proposed.fallback === undefined ? {} : { fallback: proposed.fallback }),
        },
      },
      unit.now,
    );
    await askAgain(unit.db, review.id, technician.id, { draftId: draft.id });
    unit.record({
      stream: `ticket:${ticket.id}`,
      actor: person(technician.email),
      kind: "draft.redrafted",
      sentence: `Draft ${draft.revision} was written on request of ${technician.name}.`,
      evidence: { draftId: draft.id, from: previous.id },
    });
    // Somebody waits for it: it comes at once, alone.
    askForDigest(desk, unit, technician.id, review.id);
  });
}
