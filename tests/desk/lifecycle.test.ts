import { describe, expect, test } from "vitest";
import {
  DRAFT_TRANSITIONS,
  RELEASE_TRANSITIONS,
  REVIEW_TRANSITIONS,
  TICKET_TRANSITIONS,
} from "../../src/desk/lifecycle.ts";
import type { Transition } from "../../src/desk/lifecycle.ts";
import { nextState } from "../support/machine.ts";

const MACHINES = {
  ticket: TICKET_TRANSITIONS,
  draft: DRAFT_TRANSITIONS,
  release: RELEASE_TRANSITIONS,
  review: REVIEW_TRANSITIONS,
} as const satisfies Record<string, readonly Transition[]>;

function verbsFrom(machine: readonly Transition[], from: string): readonly string[] {
  return machine.filter((step) => step.from === from).map((step) => step.verb);
}

/** Every state that can be reached, with the verbs on the way. */
function reachable(
  machine: readonly Transition[],
  start: string,
  without: readonly string[] = [],
): ReadonlySet<string> {
  const seen = new Set([start]);
  for (const state of seen) {
    for (const step of machine) if (step.from === state && !without.includes(step.verb)) seen.add(step.to);
  }
  return seen;
}

describe("every machine", () => {
  test.each([
    ["ticket", "new"],
    ["draft", "proposed"],
    ["release", "held"],
    ["review", "open"],
  ] as const)("%s: each state is reached from %s, and no verb leads two ways", (name, start) => {
    const machine: readonly Transition[] = MACHINES[name];
    const states = new Set(machine.flatMap((step) => [step.from, step.to]));
    expect([...reachable(machine, start)].toSorted()).toEqual([...states].toSorted());
    const doors = machine.map((step) => `${step.from} ${step.verb}`);
    expect(new Set(doors).size).toBe(doors.length);
  });
});

describe("nextState", () => {
  test.each<[keyof typeof MACHINES, string, string, string | null]>([
    ["ticket", "new", "open", "open"],
    ["ticket", "open", "await-client", "pending"],
    ["ticket", "pending", "client-reply", "open"],
    ["ticket", "resolved", "client-reply", "open"],
    ["ticket", "closed", "client-reply", "open"],
    ["ticket", "spam", "client-reply", null],
    ["ticket", "spam", "unmark-spam", "open"],
    ["ticket", "merged", "unmerge", "open"],
    ["ticket", "merged", "reopen", null],
    ["ticket", "closed", "mark-spam", null],
    ["ticket", "resolved", "close", "closed"],
    ["draft", "proposed", "approve", "approved"],
    ["draft", "approved", "approve", null],
    ["draft", "approved", "cancel", "cancelled"],
    ["draft", "approved", "supersede", "superseded"],
    ["draft", "released", "supersede", null],
    ["draft", "sent", "cancel", null],
    ["draft", "released", "send", "sent"],
    ["draft", "released", "doubt", "uncertain"],
    ["draft", "sent", "bounce", "bounced"],
    ["release", "held", "free", "ready"],
    ["release", "held", "cancel", "cancelled"],
    ["release", "started", "cancel", null],
    ["release", "claimed", "cancel", null],
    ["release", "claimed", "let-go", "ready"],
    ["release", "started", "let-go", null],
    ["release", "claimed", "accept", null],
    ["release", "claimed", "reject", "rejected"],
    ["release", "started", "doubt", "uncertain"],
    ["release", "uncertain", "claim", null],
    ["release", "uncertain", "confirm", "accepted"],
    ["release", "uncertain", "resend", "ready"],
    ["release", "deferred", "claim", "claimed"],
    ["release", "accepted", "resend", null],
    ["review", "open", "decide", "decided"],
    ["review", "decided", "decide", null],
    ["review", "open", "snooze", "snoozed"],
    ["review", "snoozed", "wake", "open"],
    ["review", "void", "decide", null],
    ["review", "nonsense", "decide", null],
  ])("%s: %s, %s leads to %s", (name, from, verb, to) => {
    expect(nextState(MACHINES[name], from, verb)).toBe(to);
  });
});

describe("what must never happen", () => {
  test("a release that has started is sent again only by a person", () => {
    const byItself = reachable(RELEASE_TRANSITIONS, "started", ["resend", "confirm", "defer"]);
    expect([...byItself].toSorted()).toEqual(["accepted", "rejected", "started", "uncertain"]);
  });
  test("no release is accepted without having started", () => {
    expect(reachable(RELEASE_TRANSITIONS, "held", ["start"])).not.toContain("accepted");
  });
  test("no draft is sent without approval", () => {
    expect(reachable(DRAFT_TRANSITIONS, "proposed", ["approve"])).not.toContain("sent");
  });
  test("end states of a draft stay ends", () => {
    for (const end of ["rejected", "superseded", "cancelled", "failed", "bounced"]) {
      expect(verbsFrom(DRAFT_TRANSITIONS, end)).toEqual([]);
    }
  });
  test("spam and merged are left by their undo alone", () => {
    expect(verbsFrom(TICKET_TRANSITIONS, "spam")).toEqual(["unmark-spam"]);
    expect(verbsFrom(TICKET_TRANSITIONS, "merged")).toEqual(["unmerge"]);
  });
});
