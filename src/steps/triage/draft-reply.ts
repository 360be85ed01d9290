import type { ProposedDraft } from "../../assistant/engine.ts";
import { guardDraft, isAllowedLink, type GuardRules } from "../../assistant/guard/guard.ts";
import { stripLinks } from "../../assistant/guard/guard-strip.ts";
import { domainOf } from "../../mail/address.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import { withoutSentences, type DraftSource } from "../../desk/draft-findings.ts";
import type { ReplyRecipients } from "../../desk/recipients.ts";
import { ticketReference, type Technician } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import { canonicalSha256 } from "../../review/canonical.ts";
import { withoutMarkers } from "../../review/presentation.ts";
import type { ReplyContent } from "../../review/release.ts";
import type { NewDraft } from "../../store/drafts.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";

interface ToDraft {
  readonly ticket: TicketRecord;
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly recipients: ReplyRecipients;
  readonly proposed: ProposedDraft;
  readonly reviewer: Technician | null;
  readonly triage: Triage;
}

/** A proposed text as a draft: with its sender, recipients and thread, and what the reviewer should know. */
export function toDraft(desk: Pick<Desk, "settings">, directory: Directory, input: ToDraft): NewDraft {
  const { ticket, message, recipients, proposed, reviewer } = input;
  const { body, warnings } = proposedBody(
    desk,
    directory,
    proposed.body,
    input.triage.articles.flatMap((article) => [article.source, article.excerpt]),
  );
  const content: ReplyContent = {
    from: {
      name: reviewer === null ? desk.settings.name : `${reviewer.name} · ${desk.settings.name}`,
      address: desk.settings.address,
    },
    to: recipients.to,
    cc: recipients.cc,
    subject: replySubject(ticket),
    inReplyTo: message.messageId,
    references:
      message.messageId === null
        ? []
        : [...message.references.filter((id) => id !== message.messageId), message.messageId],
    body,
    attachments: [],
  };
  return {
    ticketId: ticket.id,
    kind: "reply",
    template: proposed.template,
    content,
    canonicalSha256: canonicalSha256(content),
    basedOnMessageId: input.stored.id,
    author: proposed.author ?? `${input.triage.engine} ${input.triage.version}`,
    editedFromDraftId: null,
    findings: {
      articleIds: proposed.articleIds,
      unsourced: proposed.unsourced,
      sources: proposed.sources,
      questions: proposed.questions,
      warnings: [
        ...proposed.warnings,
        ...recipients.warnings,
        ...warnings,
        ...guardReply(desk, directory, content, proposed.sources),
      ],
      dropped: recipients.dropped.map((one) => ({ address: one.mailbox.address, reason: one.reason })),
      confidence: proposed.confidence,
      ...(proposed.fallback === undefined ? {} : { fallback: proposed.fallback }),
    },
  };
}

/**
 * An engine's text as it may become a draft: without marker lines, pictures, and links that neither the list nor one of
 * the `sources` (texts that the desk's own people wrote) holds. What was taken out is said as a warning.
 */
export function proposedBody(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  text: string,
  sources: readonly string[],
): { readonly body: string; readonly warnings: readonly string[] } {
  const rules = linkRules(desk, directory);
  const { text: body, removed } = stripLinks(
    withoutMarkers(text),
    (link, written) =>
      isAllowedLink(link, rules) || sources.some((source) => written !== "" && source.includes(written)),
  );
  return {
    body,
    warnings: removed.map(
      (what) => `The assistant wrote ${what}, which is not on the list of allowed links; it was taken out.`,
    ),
  };
}

const linkRules = (
  desk: Pick<Desk, "settings">,
  directory: Directory,
): Pick<GuardRules, "allowedLinkHosts" | "ownDomains"> => ({
  allowedLinkHosts: directory.allowedLinkHosts,
  ownDomains: [domainOf(desk.settings.address)],
});

/**
 * What `guard` says about a text that is to go to a client, as sentences. What stands in the client's own record is a fact and
 * no promise: the day on which a warranty ends.
 */
export function guardReply(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  content: Pick<ReplyContent, "to" | "cc" | "body">,
  sources: readonly DraftSource[] = [],
): readonly string[] {
  const facts = sources.filter((source) => source.kind === "record");
  return guardDraft(withoutSentences(content.body, facts), {
    allowedAddresses: [...content.to, ...content.cc]
      .map((mailbox) => mailbox.address)
      .concat(desk.settings.address),
    ...linkRules(desk, directory),
  });
}

/** `Re: VPN drops [#1042]`: the subject as the client knows it, with the ticket's reference. */
function replySubject(ticket: Pick<TicketRecord, "subject" | "number">): string {
  return `Re: ${canonicalSubject(ticket.subject) || ticket.subject} ${ticketReference(ticket.number)}`;
}
