import { describe, expect, it } from "vitest";
import type { ProposedAction } from "../../../src/desk/action.ts";
import type { Technician } from "../../../src/desk/ticket.ts";
import type { Triage } from "../../../src/desk/triage.ts";
import { itemView, type ItemSource } from "../../../src/steps/review/digest-item.ts";
import { NOTHING_KNOWN } from "../../../src/steps/triage/known-facts.ts";

const dana = { id: 2, name: "Dana Wu" } as Technician;

/** A card of a mail with these words; of the records only what a card reads. */
function card(
  newText: string,
  {
    triage = null,
    actions = [],
  }: { triage?: Partial<Triage> | null; actions?: readonly ProposedAction[] } = {},
) {
  const source = {
    review: {
      answerDueAt: null,
      actions: actions.map((action) => ({ action })),
      risk: { highRisk: false, codes: [], reasons: [] },
    },
    ticket: {
      id: 1,
      number: 1042,
      type: "incident",
      priority: "P3",
      subject: "VPN",
      queue: "",
      requesterName: "Ana",
    },
    client: null,
    draft: null,
    message: { newText, triage, attachments: [] },
    known: NOTHING_KNOWN,
    clock: { now: new Date("2026-03-02T12:00:00Z"), timeZone: "UTC" },
    consoleUrl: "",
    earlier: [],
    acts: [],
    round: new Date("2026-03-02T12:15:00Z"),
  };
  return itemView(source as unknown as ItemSource, [dana]);
}

const found = (sentiment: Triage["sentiment"]): Partial<Triage> => ({
  sentiment,
  type: { value: "incident", confidence: 0.8, evidence: [] },
  category: { value: "vpn", confidence: 0.8, evidence: [] },
  risks: [],
  related: [],
  articles: [],
  missing: [],
});

describe("a card of the digest", () => {
  it("says that a password stands in the mail, and shows none of it there", () => {
    const { risks } = card("Her user is sue.p and the password is Sunflower2026!");
    expect(risks).toEqual(["A password seems to stand in the mail: have it changed."]);
    expect(card("I forgot my password, can you reset it?").risks).toEqual([]);
  });

  it("says who sounds cross, by their own words, and of nobody who may not be", () => {
    const angry = found({ value: "angry", confidence: 0.75, evidence: ['"unacceptable"', '"joke"'] });
    expect(card("This is unacceptable.", { triage: angry }).risks).toEqual([
      "They sound angry: “unacceptable”, “joke”.",
    ]);
    const perhaps = found({ value: "annoyed", confidence: 0.55, evidence: ['"again"'] });
    expect(card("Again.", { triage: perhaps }).risks).toEqual([]);
  });

  it("does not repeat who and where in the reason for it", () => {
    const route: ProposedAction = {
      action: "route",
      queue: "Network",
      technicianId: 2,
      confidence: 0.9,
      evidence: ["Dana Wu is on shift in Network, with 3 open tickets."],
    };
    expect(card("x", { actions: [route] }).goesTo).toMatchObject({
      label: "Network, Dana Wu",
      reason: "on shift, with 3 open tickets",
    });
  });
});
