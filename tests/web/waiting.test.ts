import { describe, expect, it } from "vitest";
import type { NewestReview, ReleaseState } from "../../src/store/waiting.ts";
import type { TicketRecord } from "../../src/store/tickets.ts";
import { waitsFor } from "../../src/web/waiting.ts";

const clock = {
  now: new Date("2026-03-02T10:30:00Z"),
  timeZone: "UTC",
  technicians: [
    {
      id: 1,
      name: "Dana Wu",
      email: "dana@msp.example",
      aliases: [],
      delegates: [],
      role: "technician" as const,
      queues: [],
      skills: [],
      hours: "",
      active: true,
    },
  ],
};
const ticket = {
  status: "open",
  queue: "Network",
  assigneeId: null,
  closedAt: null,
} as unknown as TicketRecord;
const review = (more: Partial<NewestReview> = {}): NewestReview => ({
  ticketId: 1,
  status: "open",
  technicianId: 1,
  askedAt: "2026-03-02T10:04:00.000Z",
  snoozedUntil: null,
  proposedPriority: null,
  ...more,
});
const release = (more: Partial<ReleaseState> = {}): ReleaseState => ({
  id: 1,
  ticketId: 1,
  draftId: 1,
  status: "accepted",
  draftStatus: "sent",
  draftKind: "reply",
  holdUntil: "2026-03-02T10:36:00.000Z",
  nextAttemptAt: "2026-03-02T10:45:00.000Z",
  finishedAt: null,
  ...more,
});
const pending: TicketRecord = { ...ticket, status: "pending" };

describe("what a ticket waits for", () => {
  it.each<[string, TicketRecord, NewestReview | null, ReleaseState[], string]>([
    ["a person who was asked", ticket, review(), [], "waits for Dana’s word since 10:04"],
    ["the next digest", ticket, review({ askedAt: null }), [], "goes into Dana’s next digest"],
    ["nobody", ticket, review({ technicianId: null }), [], "nobody to ask: import a technician"],
    [
      "a snooze",
      ticket,
      review({ status: "snoozed", snoozedUntil: "2026-03-02T15:00:00.000Z" }),
      [],
      "put off until 15:00",
    ],
    ["the hold", ticket, review({ status: "decided" }), [release({ status: "held" })], "held until 10:36"],
    [
      "the relay's own wish",
      ticket,
      null,
      [release({ status: "deferred" })],
      "the relay said later; tried again at 10:45",
    ],
    ["the hand-over", pending, null, [release({ status: "started" })], "the reply is leaving"],
    [
      "a person who looks",
      pending,
      review(),
      [release({ status: "uncertain" })],
      "uncertain: the reply may or may not have left, look",
    ],
    [
      "one who looks at a refusal",
      ticket,
      null,
      [release({ status: "rejected", draftStatus: "failed" })],
      "the relay refused the reply, look",
    ],
    [
      "one who looks at a bounce",
      ticket,
      null,
      [release({ draftStatus: "bounced" })],
      "the reply came back, look",
    ],
    ["nothing but the client", pending, review({ status: "decided" }), [release()], "waits for the client"],
    [
      "not for an acknowledgement",
      ticket,
      null,
      [release({ status: "held", draftKind: "acknowledge" })],
      "waits for somebody in Network",
    ],
    [
      "an answer that never came",
      ticket,
      review({ status: "expired" }),
      [],
      "nobody answered in time; waits for somebody in Network",
    ],
    [
      "a later reply after a bounce",
      pending,
      null,
      [release({ draftStatus: "bounced" }), release({ id: 2 })],
      "waits for the client",
    ],
    ["nothing: spam", { ...ticket, status: "spam" }, null, [], "put aside as spam"],
  ])("%s", (_what, on, asked, releases, text) => {
    expect(waitsFor(on, asked, releases, clock).text).toBe(text);
  });
});
