import type { ProposedDraft } from "../../assistant/engine.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { Triage } from "../../desk/triage.ts";
import { withoutTokens } from "../../review/token.ts";
import { clientLookUps } from "./client-look-ups.ts";
import type { Desk } from "../desk.ts";
import { guardReply, proposedBody } from "./draft-reply.ts";
import { clientSide } from "../filing/file-facts.ts";

export interface TriedDraft {
  readonly triage: Triage;
  /** `null` for spam, which is not answered. */
  readonly draft: ProposedDraft | null;
}

/**
 * What the desk would make of a message if it opened a ticket: triage and draft with the desk's own people, articles and templates.
 * Nothing is written, and no earlier ticket is looked at.
 */
export async function tryDraft(
  desk: Pick<Desk, "database" | "queue" | "settings" | "directory">,
  message: ParsedMessage,
): Promise<TriedDraft> {
  const directory = await desk.directory.current();
  const [author = { name: "", address: "" }] = message.from;
  const { client, contact } = await clientSide(desk.database.reader, author.address);
  const read = {
    ...message,
    subject: withoutTokens(message.subject),
    newText: withoutTokens(message.newText),
  };
  const context = {
    client,
    contact,
    requester: author,
    queues: directory.queues,
    earlier: [],
    answered: false,
    ...clientLookUps(desk, directory, { client, contact }, { text: `${read.subject}\n\n${read.newText}` }),
    searchTickets: () => Promise.resolve([]),
  };
  const triage = await directory.engine.triage(read, context);
  if (triage.spam.value) return { triage, draft: null };
  const proposed = await directory.engine.draft({
    triage,
    message: read,
    context,
    ticketNumber: 1001,
    signature: { technician: directory.technicians[0]?.name ?? desk.settings.name, desk: desk.settings.name },
    redraft: null,
  });
  const { body, warnings } = proposedBody(
    desk,
    directory,
    proposed.body,
    triage.articles.flatMap((article) => [article.source, article.excerpt]),
  );
  const guarded = guardReply(desk, directory, { to: [author], cc: [], body }, proposed.sources);
  return { triage, draft: { ...proposed, body, warnings: [...proposed.warnings, ...warnings, ...guarded] } };
}
