import type { Request, Response } from "express";
import { mailByDisposition } from "../../store/counts.ts";
import { listMail } from "../../store/messages.ts";
import { rawInfos } from "../../store/page-queries.ts";
import { ticketsByIds } from "../../store/tickets.ts";
import { DISPOSITIONS } from "../api/schemas.ts";
import { mayReadRaw, NOT_READ_YET } from "../api/shapes.ts";
import type { Web } from "../context.ts";
import { pageOf, readCursor } from "../paging.ts";
import type { Visitor } from "../session.ts";
import { sendPage } from "./page.ts";
import { mayRetryMail } from "./retry-mail.ts";
import { text } from "./ticket-list.ts";
import { DISPOSITION_LABELS, mailboxText, moments, sizeText } from "./words.ts";

const PER_PAGE = 50;
/** What a person should look at; the rest went where it should. */
const WORTH_A_LOOK = ["quarantined", "refused", "spam-suspect"];

/** `/mail`: every message that the desk took in, with what became of it and why. */
export async function showMail(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const db = web.desk.database.reader;
  const asked = text(req, "disposition");
  const disposition = (DISPOSITIONS as readonly string[]).includes(asked) ? asked : "";
  const cursor = text(req, "cursor");
  const before = readCursor("mail", cursor === "" ? undefined : cursor);
  const rows = await listMail(db, {
    ...(disposition === "" ? {} : { disposition }),
    ...(before === undefined ? {} : { before }),
    limit: PER_PAGE + 1,
  });
  const { items, next } = pageOf("mail", rows, PER_PAGE, (message) => message.id);
  const [raws, tickets, counts] = await Promise.all([
    rawInfos(
      db,
      items.map((message) => message.rawSha256),
    ),
    ticketsByIds(
      db,
      items.flatMap((message) => [message.ticketId, message.suggestedTicketId]).filter((id) => id !== null),
    ),
    mailByDisposition(db),
  ]);
  const at = moments(web);
  const base = disposition === "" ? "/mail?" : `/mail?disposition=${disposition}&`;
  await sendPage(
    web,
    res,
    visitor,
    "mail",
    { title: "Mail", section: "mail" },
    {
      tabs: [
        { label: "All", count: sum(counts), href: "/mail", current: disposition === "" },
        ...DISPOSITIONS.filter((kind) => (counts.get(kind) ?? 0) > 0 || kind === disposition).map((kind) => ({
          label: DISPOSITION_LABELS[kind] ?? kind,
          count: counts.get(kind) ?? 0,
          href: `/mail?disposition=${kind}`,
          current: kind === disposition,
        })),
      ],
      filtered: disposition !== "",
      mails: items.map((message) => ({
        id: message.id,
        received: at(message.receivedAt),
        from:
          message.fromAddress === null || message.fromAddress === ""
            ? "no sender"
            : mailboxText({ name: message.fromName ?? "", address: message.fromAddress }),
        subject: message.subject ?? "",
        label:
          message.disposition === null ? "Not read yet" : (DISPOSITION_LABELS[message.disposition] ?? ""),
        reason: message.dispositionReason ?? NOT_READ_YET,
        retry:
          message.status === "quarantined" &&
          message.rawSha256 !== null &&
          mayRetryMail(visitor.technician.role)
            ? `/mail/${message.id}/retry`
            : null,
        look: WORTH_A_LOOK.includes(message.disposition ?? ""),
        size: sizeText(message.size),
        source: message.source === "imap" ? `from ${message.account ?? "the mailbox"}` : "by SMTP",
        ticket: tickets.get(message.ticketId ?? 0)?.number ?? null,
        suggested: tickets.get(message.suggestedTicketId ?? 0)?.number ?? null,
        raw: mayReadRaw(raws.get(message.rawSha256 ?? ""), visitor.technician.role)
          ? `/mail/${message.id}/raw`
          : null,
      })),
      older: next === null ? null : `${base}cursor=${next}`,
      address: web.desk.settings.address,
    },
  );
}

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);
