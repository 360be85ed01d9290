import type { Desk } from "../steps/desk.ts";
import type { TicketStatus } from "../desk/ticket.ts";
import { draftsByIds, draftsOf } from "../store/drafts.ts";
import type { Db } from "../store/database.ts";
import { releasesOf, type ReleaseRecord } from "../store/releases.ts";
import { proposedPriority, reviewsOf } from "../store/reviews.ts";
import { listTickets, type TicketRecord } from "../store/tickets.ts";

type BoardDesk = Pick<Desk, "database" | "directory" | "clock">;

/** One ticket as the demo's board shows it. */
interface BoardRow {
  readonly number: number;
  readonly subject: string;
  readonly requester: string;
  /** `P3, P2 proposed` until a person has approved it. */
  readonly priority: string;
  readonly status: TicketStatus;
  /** What happens next, and whom it waits for, as sentences. */
  readonly next: string;
  /** Whose word is next: colour and order on the page. */
  readonly turn: "technician" | "desk" | "client" | "nobody";
}

/** All tickets: those that are about to move first, then those that moved last. */
export async function ticketBoard(desk: BoardDesk): Promise<readonly BoardRow[]> {
  const tickets = await listTickets(desk.database.reader, { limit: 100 });
  const lately = tickets.toSorted(
    (left, right) => right.updatedAt.localeCompare(left.updatedAt) || right.number - left.number,
  );
  const rows = await Promise.all(lately.map((ticket) => boardRow(desk, ticket)));
  return [...rows.filter((row) => row.turn === "desk"), ...rows.filter((row) => row.turn !== "desk")];
}

async function boardRow(desk: BoardDesk, ticket: TicketRecord): Promise<BoardRow> {
  const { number, subject, status } = ticket;
  return {
    number,
    subject,
    priority: await priorityOf(desk, ticket),
    status,
    requester: ticket.requesterName || ticket.requesterAddress,
    ...(await turnOf(desk, ticket)),
  };
}

async function priorityOf(desk: BoardDesk, { id, priority }: TicketRecord): Promise<string> {
  const open = (await reviewsOf(desk.database.reader, id)).find((review) => review.status === "open");
  const proposed = open === undefined ? null : proposedPriority(open.actions);
  return proposed === null || proposed === priority ? priority : `${priority}, ${proposed} proposed`;
}

async function turnOf(desk: BoardDesk, ticket: TicketRecord): Promise<Pick<BoardRow, "next" | "turn">> {
  const db = desk.database.reader;
  const release = await lastReply(db, ticket.id);
  if (release?.status === "held") {
    const seconds = Math.max(0, Math.ceil((Date.parse(release.holdUntil) - desk.clock().getTime()) / 1000));
    return { turn: "desk", next: `The reply leaves in ${seconds} s; “stop” calls it back.` };
  }
  if (release?.status === "rejected" || release?.status === "uncertain") {
    return { turn: "technician", next: "Waits for somebody to look: the reply may not have arrived." };
  }
  const open = (await reviewsOf(db, ticket.id)).find((review) => review.status === "open");
  if (open !== undefined) {
    const { technicians } = await desk.directory.current();
    const name = technicians.find((one) => one.id === open.technicianId)?.name ?? "a technician";
    const next =
      open.digestId === null ? `Goes into the next review mail to ${name}.` : `Waits for ${name}’s word.`;
    return { turn: "technician", next };
  }
  if (ticket.status === "spam") return { turn: "nobody", next: "Put aside as spam. Nobody is answered." };
  if (ticket.status === "new") return { turn: "desk", next: "The desk reads it." };
  if (ticket.status === "pending") {
    return { turn: "client", next: `The reply was sent. Waits for ${ticket.requesterName || "the client"}.` };
  }
  if (ticket.status !== "open") return { turn: "nobody", next: "Nothing is left to do." };
  const last = (await draftsOf(db, ticket.id)).findLast((draft) => draft.kind === "reply");
  if (last?.status === "rejected")
    return { turn: "technician", next: "The draft was rejected. Waits for somebody to write." };
  if (last?.status === "cancelled")
    return { turn: "technician", next: "The reply was stopped. Waits for somebody to write." };
  return { turn: "technician", next: "Waits for somebody to write." };
}

/** The newest release that answers; a short acknowledgement goes out beside the question and changes nobody's turn. */
async function lastReply(db: Db, ticketId: number): Promise<ReleaseRecord | null> {
  const releases = await releasesOf(db, ticketId);
  const drafts = await draftsByIds(
    db,
    releases.map((release) => release.draftId),
  );
  return releases.findLast((release) => drafts.get(release.draftId)?.kind === "reply") ?? null;
}

/** `6 wait for a technician, 1 for a client.`; "" without tickets. */
export function boardSum(rows: readonly BoardRow[]): string {
  const count = (turn: BoardRow["turn"]): number => rows.filter((row) => row.turn === turn).length;
  const parts = [
    [count("technician"), "for a technician"],
    [count("client"), "for a client"],
    [count("desk"), "for the desk"],
  ] as const;
  const said = parts
    .filter(([number]) => number > 0)
    .map(
      ([number, whom], index) => `${number}${index === 0 ? (number === 1 ? " waits" : " wait") : ""} ${whom}`,
    );
  return said.length === 0 ? "" : `${said.join(", ")}.`;
}
