import { person } from "../../src/desk/event.ts";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import type { ReplyContent } from "../../src/review/release.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { holdRelease } from "../../src/steps/delivery/release.ts";
import { transact } from "../../src/steps/unit.ts";
import { insertDecision } from "../../src/store/decisions.ts";
import { draftById, insertDraft } from "../../src/store/drafts.ts";
import { createTicket } from "../../src/store/tickets.ts";

/** A ticket of Ana's with nothing on it. Answers its id. */
export function emptyTicket(desk: Desk): Promise<number> {
  return transact(desk, "test", async (unit) => {
    const ticket = await createTicket(
      unit.db,
      {
        subject: "VPN drops",
        clientId: null,
        contactId: null,
        requesterName: "Ana Ruiz",
        requesterAddress: "ana@contoso.example",
        queue: "Network",
        lastClientMessageId: 0,
        searchText: "vpn drops",
      },
      unit.now,
    );
    await unit.db("tickets").where({ id: ticket.id }).update({ last_client_message_id: null });
    unit.beginStream(`ticket:${ticket.id}`);
    return ticket.id;
  });
}

/** A reply that Dana approved, frozen as every release is. Answers the release's id. */
export async function heldReply(
  desk: Desk,
  ticketId: number,
  to: readonly string[] = ["ana@contoso.example"],
): Promise<number> {
  const { technicians } = await desk.directory.current();
  const dana = technicians.find((one) => one.email === "dana@msp.example");
  if (dana === undefined) throw new Error("Dana is not here");
  return transact(desk, "test", async (unit) => {
    const content: ReplyContent = {
      from: { name: "Dana Wu · Northwind Support", address: desk.settings.address },
      to: to.map((address) => ({ name: "", address })),
      cc: [],
      subject: "Re: VPN drops",
      inReplyTo: null,
      references: [],
      body: "Hi Ana,\n\nplease switch it off and on.\n\nDana Wu\nNorthwind Support",
      attachments: [],
    };
    const { id } = await insertDraft(
      unit.db,
      {
        ticketId,
        kind: "reply",
        template: "client/general",
        content,
        canonicalSha256: canonicalSha256(content),
        basedOnMessageId: null,
        author: "local",
        editedFromDraftId: null,
        findings: {
          articleIds: [],
          unsourced: [],
          sources: [],
          questions: [],
          warnings: [],
          dropped: [],
          confidence: 0.9,
        },
      },
      unit.now,
    );
    const draft = await draftById(unit.db, id);
    if (draft === null) throw new Error("the draft is gone");
    const decisionId = await insertDecision(
      unit.db,
      {
        reviewId: null,
        ticketId,
        draftId: id,
        draftRevision: draft.revision,
        technicianId: dana.id,
        verb: "approve",
        channel: "console",
        detail: {},
        proof: { kind: "console", detail: "a test" },
        messageId: null,
      },
      unit.now,
    );
    const held = await holdRelease(desk, unit, {
      draft,
      ticketNumber: 1,
      language: "en",
      actor: person(dana.email),
      source: { kind: "decision", decisionId },
    });
    if (held === null) throw new Error("the draft was decided");
    return held.releaseId;
  });
}
