import { describe, expect, test } from "vitest";
import type { ProposedAction } from "../../src/desk/action.ts";
import { lessonsOfAct, lessonsOfApproval, lessonsOfUndo, type DecidedTicket } from "../../src/desk/lesson.ts";
import type { Triage } from "../../src/desk/triage.ts";

const finding = <T>(value: T) => ({ value, confidence: 0.8, evidence: [] });
const TRIAGE = {
  type: finding("incident"),
  category: finding("vpn"),
  queue: finding("Network"),
  impact: finding("low"),
  urgency: finding("high"),
  spam: finding(false),
} as unknown as Triage;
const TICKET: DecidedTicket = {
  type: "incident",
  category: "vpn",
  queue: "Network",
  priority: "P3",
  status: "open",
};
const SEEN = { vip: false, replied: true };
const said = (lessons: ReturnType<typeof lessonsOfUndo>): string =>
  lessons.map((one) => `${one.refuted ? "not " : ""}${one.field} ${one.label}`).join(", ");

describe("an approval confirms what the review showed and the ticket now is", () => {
  test.each<[string, Partial<DecidedTicket>, Partial<typeof SEEN>, string]>([
    ["all of it", {}, {}, "category vpn, type incident, queue Network, impact low, urgency high, spam false"],
    [
      "without a reply nothing is said of spam",
      {},
      { replied: false },
      "category vpn, type incident, queue Network, impact low, urgency high",
    ],
    [
      "a category that somebody set otherwise is theirs, and so is its type",
      { category: "wifi" },
      {},
      "queue Network, impact low, urgency high, spam false",
    ],
    [
      "another queue",
      { queue: "Service Desk" },
      {},
      "category vpn, type incident, impact low, urgency high, spam false",
    ],
    ["another priority", { priority: "P1" }, {}, "category vpn, type incident, queue Network, spam false"],
    [
      "a VIP's raise is no impact",
      { priority: "P2" },
      { vip: true },
      "category vpn, type incident, queue Network, impact low, urgency high, spam false",
    ],
    ["a ticket that became spam", { status: "spam" }, {}, ""],
  ])("%s", (_, ticket, seen, expected) => {
    expect(said(lessonsOfApproval(TRIAGE, { ...TICKET, ...ticket }, { ...SEEN, ...seen }))).toBe(expected);
  });

  test("what was taken for spam, and is", () => {
    const triage = { ...TRIAGE, spam: finding(true) };
    expect(said(lessonsOfApproval(triage, { ...TICKET, status: "spam" }, SEEN))).toBe("spam true");
  });
});

const act = (action: object): ProposedAction =>
  ({ confidence: 1, evidence: [], ...action }) as unknown as ProposedAction;

describe("a person's own word", () => {
  const FOUND = { triage: TRIAGE, vip: false };
  test.each<[string, object, Parameters<typeof lessonsOfAct>[2], string]>([
    ["a category", { action: "categorise", category: "wifi", type: "incident" }, FOUND, "category wifi"],
    ["another queue", { action: "route", queue: "Network", technicianId: null }, FOUND, "queue Network"],
    ["another person of the queue", { action: "route", queue: "Service Desk", technicianId: 2 }, FOUND, ""],
    [
      "the priority that was found",
      { action: "set-priority", priority: "P3" },
      FOUND,
      "impact low, urgency high",
    ],
    [
      "a higher one: impact gives way",
      { action: "set-priority", priority: "P1" },
      FOUND,
      "impact high, urgency high",
    ],
    [
      "a lower one: urgency gives way",
      { action: "set-priority", priority: "P4" },
      FOUND,
      "impact low, urgency medium",
    ],
    [
      "a VIP's",
      { action: "set-priority", priority: "P2" },
      { triage: TRIAGE, vip: true },
      "impact low, urgency high",
    ],
    [
      "a priority that no levels give a VIP",
      { action: "set-priority", priority: "P4" },
      { triage: TRIAGE, vip: true },
      "",
    ],
    [
      "a priority where nothing was found",
      { action: "set-priority", priority: "P1" },
      { triage: null, vip: false },
      "",
    ],
    ["spam", { action: "mark-spam" }, FOUND, "spam true"],
    ["closing says nothing of a field", { action: "close" }, FOUND, ""],
  ])("%s", (_, action, found, expected) => {
    expect(said(lessonsOfAct(act(action), { queue: "Service Desk" }, found))).toBe(expected);
  });
});

test.each<[object, string]>([
  [{ action: "categorise", category: "vpn", type: "incident" }, "not category vpn, not type incident"],
  [{ action: "route", queue: "Network", technicianId: null }, "not queue Network"],
  [
    { action: "set-priority", priority: "P1", impact: "high", urgency: "high" },
    "not impact high, not urgency high",
  ],
  [{ action: "mark-spam" }, "spam false"],
  [{ action: "acknowledge", template: "client/acknowledge" }, ""],
])("undo of %o says %s", (action, expected) => {
  expect(said(lessonsOfUndo(act(action)))).toBe(expected);
});
