import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTION_KINDS } from "../../src/desk/action.ts";
import type { ActionKind, ProposedAction } from "../../src/desk/action.ts";
import type { PolicyDocument, PolicyRule } from "../../src/desk/policy-document.ts";
import { decide } from "../../src/desk/policy.ts";
import type { PolicyContext } from "../../src/desk/policy.ts";
import { PRIORITIES } from "../../src/desk/ticket.ts";
import { RISK_KINDS } from "../../src/desk/triage.ts";

const CONTEXT: PolicyContext = {
  clientName: "Contoso",
  vip: false,
  category: "vpn",
  priority: "P3",
  risks: [],
  spam: false,
  draftWarnings: [],
  highRisk: false,
  answerable: true,
  sampleDraw: 0.5,
  stopSwitch: false,
};

function action(
  kind: ActionKind,
  confidence = 0.97,
  over: Readonly<Record<string, unknown>> = {},
): ProposedAction {
  const values: Record<ActionKind, Readonly<Record<string, unknown>>> = {
    reply: { template: "client/vpn" },
    acknowledge: { template: "client/received" },
    route: { queue: "Network", technicianId: null },
    "set-priority": { priority: "P2", from: "P3" },
    categorise: { category: "vpn" },
    note: { text: "seen" },
    merge: { intoTicketId: 4 },
    close: {},
    escalate: {},
    "mark-spam": {},
    "run-runbook": { runbook: "restart" },
  };
  const known = { expectedError: 1 - confidence, decisions: 200 };
  return { action: kind, confidence, ...known, evidence: [], ...values[kind], ...over } as ProposedAction;
}

const document = (...rules: readonly PolicyRule[]): PolicyDocument => ({
  version: 1,
  author: "lea@msp.example",
  rules,
});
const rule = (over: Partial<PolicyRule> = {}): PolicyRule => ({
  scope: {},
  action: "categorise",
  rung: "conditional",
  ...over,
});
const hold = (scope: PolicyRule["scope"] = {}): PolicyRule => ({ scope, rung: "review" });

interface Case {
  readonly name: string;
  readonly action?: ProposedAction;
  readonly context?: Partial<PolicyContext>;
  readonly rules: readonly PolicyRule[];
  readonly verdict: "act" | "act-and-flag" | "review";
  readonly rule?: number | null;
  readonly says?: string;
}

const risk = (kind: (typeof RISK_KINDS)[number]): Partial<PolicyContext> => ({
  risks: [{ kind, evidence: "seen" }],
});
const REPLY = rule({ action: "reply", template: "client/vpn", maxError: 1 });
const ACK = rule({ action: "acknowledge", template: "client/received", maxError: 1 });

const CASES: readonly Case[] = [
  {
    name: "no policy at all",
    rules: [],
    verdict: "review",
    rule: null,
    says: "No policy lets the desk categorise alone here.",
  },
  { name: "a policy for something else", rules: [rule({ action: "route" })], verdict: "review", rule: null },
  {
    name: "conditional within the limit",
    rules: [rule()],
    verdict: "act",
    rule: 0,
    says: "Policy 1: the desk may categorise alone up to 5 % error; the chance of error is at most 3 %, by 200 decisions.",
  },
  {
    name: "conditional exactly at the limit",
    action: action("categorise", 0.95),
    rules: [rule()],
    verdict: "act",
    rule: 0,
  },
  {
    name: "conditional above the limit",
    action: action("categorise", 0.949),
    rules: [rule()],
    verdict: "review",
    rule: 0,
    says: "Policy 1: the chance of error is at most 5.1 %, above the limit of 5 %.",
  },
  {
    name: "conditional, three decisions known",
    action: action("categorise", 0.97, { expectedError: 0.54, decisions: 3 }),
    rules: [rule()],
    verdict: "review",
    rule: 0,
    says: "Policy 1: too few decisions are known (3 of at least 45) to trust a confidence for this.",
  },
  {
    name: "conditional, nothing known of the error",
    action: action("categorise", 0.97, { expectedError: undefined, decisions: undefined }),
    rules: [rule({ maxError: 0.99 })],
    verdict: "review",
    rule: 0,
    says: "too few decisions are known (0 of at least 1)",
  },
  {
    name: "a bound that is no share counts as unknown",
    action: action("categorise", 0.97, { expectedError: Number.NaN }),
    rules: [rule()],
    verdict: "review",
    rule: 0,
  },
  {
    name: "a limit of 1 means always",
    action: action("categorise", 0.4, { expectedError: undefined, decisions: undefined }),
    rules: [rule({ maxError: 1 })],
    verdict: "act",
    rule: 0,
    says: "Policy 1: the desk may categorise alone, however likely an error is.",
  },
  {
    name: "a limit of 0 allows nothing that rests on decisions",
    action: action("categorise", 1, { expectedError: 0.001, decisions: 4000 }),
    rules: [rule({ maxError: 0 })],
    verdict: "review",
    rule: 0,
    says: "too few decisions are known (4000) to trust",
  },
  {
    name: "being sure is not enough",
    action: action("categorise", 1, { expectedError: 0.2, decisions: 200 }),
    rules: [rule()],
    verdict: "review",
    rule: 0,
    says: "Policy 1: the chance of error is at most 20 %, above the limit of 5 %.",
  },
  {
    name: "a confidence that is no chance",
    action: action("categorise", 1.2),
    rules: [rule()],
    verdict: "review",
    rule: null,
    says: "not a number from 0 to 1",
  },
  {
    name: "no confidence",
    action: action("categorise", Number.NaN),
    rules: [rule({ maxError: 1 })],
    verdict: "review",
    rule: null,
  },
  {
    name: "a limit that is no share allows nothing",
    action: action("categorise", 1),
    rules: [rule({ maxError: Number.NaN })],
    verdict: "review",
    rule: 0,
  },
  {
    name: "the rung review",
    rules: [rule({ rung: "review" })],
    verdict: "review",
    rule: 0,
    says: "Policy 1: a person decides to categorise.",
  },

  { name: "supervised within the limit", rules: [rule({ rung: "supervised" })], verdict: "act", rule: 0 },
  {
    name: "supervised, edge case",
    action: action("categorise", 0.9),
    rules: [rule({ rung: "supervised" })],
    verdict: "act-and-flag",
    rule: 0,
    says: "done and shown",
  },
  {
    name: "supervised, end of the band",
    action: action("categorise", 0.85),
    rules: [rule({ rung: "supervised" })],
    verdict: "act-and-flag",
    rule: 0,
  },
  {
    name: "supervised beyond the band",
    action: action("categorise", 0.84),
    rules: [rule({ rung: "supervised" })],
    verdict: "review",
    rule: 0,
  },
  {
    name: "supervised, nothing known of the error",
    action: action("categorise", 0.97, { expectedError: undefined, decisions: undefined }),
    rules: [rule({ rung: "supervised" })],
    verdict: "review",
    rule: 0,
    says: "too few decisions are known (0 of at least 45)",
  },
  {
    name: "supervised with a generous limit, nothing known of the error",
    action: action("categorise", 0.97, { expectedError: undefined, decisions: undefined }),
    rules: [rule({ rung: "supervised", maxError: 0.6 })],
    verdict: "act-and-flag",
    rule: 0,
    says: "Policy 1: done and shown, since too few decisions are known (0 of at least 3).",
  },
  {
    name: "supervised, drawn for the sample",
    context: { sampleDraw: 0.049 },
    rules: [rule({ rung: "supervised", sample: 0.05 })],
    verdict: "review",
    rule: 0,
    says: "sample of 5 %",
  },
  {
    name: "supervised, not drawn",
    context: { sampleDraw: 0.05 },
    rules: [rule({ rung: "supervised", sample: 0.05 })],
    verdict: "act",
    rule: 0,
  },
  {
    name: "conditional samples too where it says so",
    context: { sampleDraw: 0 },
    rules: [rule({ sample: 0.1 })],
    verdict: "review",
    rule: 0,
  },
  {
    name: "a sample that is no share sends to review",
    rules: [rule({ rung: "supervised", sample: Number.NaN })],
    verdict: "review",
    rule: 0,
  },

  {
    name: "the client's rule wins over the general one",
    rules: [rule({ rung: "review" }), rule({ scope: { client: "contoso" } })],
    verdict: "act",
    rule: 1,
    says: "for client contoso",
  },
  {
    name: "another client's rule does not hold",
    rules: [rule({ rung: "review" }), rule({ scope: { client: "Fabrikam" } })],
    verdict: "review",
    rule: 0,
  },
  {
    name: "an unknown client matches no client rule",
    context: { clientName: null },
    rules: [rule({ scope: { client: "Contoso" } })],
    verdict: "review",
    rule: null,
  },
  {
    name: "two keys win over one",
    rules: [
      rule({ scope: { client: "Contoso" }, rung: "review" }),
      rule({ scope: { category: "vpn", priority: "P3" } }),
    ],
    verdict: "act",
    rule: 1,
  },
  {
    name: "a tie goes to the stricter rung",
    rules: [rule({ scope: { client: "Contoso" } }), rule({ scope: { category: "vpn" }, rung: "review" })],
    verdict: "review",
    rule: 1,
  },
  {
    name: "a tie goes to the stricter rung, whatever the order",
    rules: [rule({ scope: { category: "vpn" }, rung: "review" }), rule({ scope: { client: "Contoso" } })],
    verdict: "review",
    rule: 0,
  },
  {
    name: "a tie on one rung goes to the smaller limit",
    action: action("categorise", 0.9),
    rules: [rule({ maxError: 0.2 }), rule({ maxError: 0.05 })],
    verdict: "review",
    rule: 1,
  },
  {
    name: "conditional is stricter than supervised",
    rules: [rule({ rung: "supervised" }), rule({ rung: "conditional", maxError: 0.01 })],
    verdict: "review",
    rule: 1,
  },
  {
    name: "vip: false is a key",
    context: { vip: true },
    rules: [rule({ scope: { vip: false } })],
    verdict: "review",
    rule: null,
  },

  {
    name: "a hold rule stops its scope",
    rules: [
      rule({ scope: { client: "Contoso", category: "vpn", priority: "P3", vip: false } }),
      hold({ client: "Contoso" }),
    ],
    verdict: "review",
    rule: 1,
    says: "Policy 2 holds every automatic act for client Contoso.",
  },
  {
    name: "a hold rule leaves the rest",
    rules: [rule(), hold({ client: "Fabrikam" })],
    verdict: "act",
    rule: 0,
  },
  {
    name: "an empty hold is the stop switch",
    rules: [rule(), hold()],
    verdict: "review",
    rule: 1,
    says: "Policy 2 holds every automatic act.",
  },
  {
    name: "an empty hold holds notes too",
    action: action("note"),
    rules: [rule({ action: "note" }), hold()],
    verdict: "review",
    rule: 1,
  },
  {
    name: "a paused desk",
    context: { stopSwitch: true },
    rules: [rule()],
    verdict: "review",
    rule: null,
    says: "The desk is paused",
  },

  ...(["close", "merge", "escalate", "run-runbook"] as const).map((kind): Case => ({
    name: `${kind} is never alone`,
    action: action(kind, 1),
    rules: [rule({ action: kind, rung: "supervised", maxError: 1 })],
    verdict: "review",
    rule: null,
    says: "A person always decides to",
  })),
  {
    name: "raising a priority may be alone",
    action: action("set-priority"),
    rules: [rule({ action: "set-priority" })],
    verdict: "act",
    rule: 0,
  },
  {
    name: "lowering one is never",
    action: action("set-priority", 1, { priority: "P4", from: "P3" }),
    rules: [rule({ action: "set-priority", rung: "supervised" })],
    verdict: "review",
    rule: null,
    says: "lower a priority (P3 to P4)",
  },

  ...(["identity", "security", "legal", "payment"] as const).flatMap((kind): readonly Case[] => [
    {
      name: `${kind}: no reply`,
      action: action("reply", 1),
      context: risk(kind),
      rules: [REPLY],
      verdict: "review",
      rule: null,
      says: `there is a risk (${kind}: seen)`,
    },
    {
      name: `${kind}: no acknowledgement`,
      action: action("acknowledge", 1),
      context: risk(kind),
      rules: [ACK],
      verdict: "review",
      rule: null,
    },
    {
      name: `${kind}: no routing`,
      action: action("route", 1),
      context: risk(kind),
      rules: [rule({ action: "route" })],
      verdict: "review",
      rule: null,
    },
    {
      name: `${kind}: a note may be`,
      action: action("note", 1),
      context: risk(kind),
      rules: [rule({ action: "note" })],
      verdict: "act",
      rule: 0,
    },
  ]),
  {
    name: "spoofing: no reply",
    action: action("reply", 1),
    context: risk("spoofing"),
    rules: [REPLY],
    verdict: "review",
    rule: null,
  },
  {
    name: "hidden text: no acknowledgement",
    action: action("acknowledge", 1),
    context: risk("hidden-text"),
    rules: [ACK],
    verdict: "review",
    rule: null,
  },
  {
    name: "spoofing: a category may be",
    context: risk("spoofing"),
    rules: [rule()],
    verdict: "act",
    rule: 0,
  },
  { name: "high risk", context: { highRisk: true }, rules: [rule()], verdict: "review", rule: null },
  {
    name: "a reply to mail that nothing automatic answers",
    action: action("reply"),
    context: { answerable: false },
    rules: [REPLY],
    verdict: "review",
    rule: null,
  },
  {
    name: "an inside act on mail that nothing automatic answers",
    context: { answerable: false },
    rules: [rule()],
    verdict: "act",
    rule: 0,
  },
  {
    name: "a reply from its named template",
    action: action("reply"),
    rules: [REPLY],
    verdict: "act",
    rule: 0,
    says: 'reply with template "client/vpn"',
  },
  {
    name: "a reply where the rule names no template",
    action: action("reply", 1),
    rules: [rule({ action: "reply", maxError: 1 })],
    verdict: "review",
    rule: 0,
    says: "names no template",
  },
  {
    name: "a reply from another template",
    action: action("reply", 1, { template: "client/printer" }),
    rules: [REPLY],
    verdict: "review",
    rule: null,
  },
  {
    name: "two templates, each with its rule",
    action: action("reply", 1),
    rules: [rule({ action: "reply", template: "client/printer", rung: "review" }), REPLY],
    verdict: "act",
    rule: 1,
  },
  {
    name: "a rule without template beside one with: the stricter",
    action: action("reply", 1),
    rules: [REPLY, rule({ action: "reply", rung: "supervised", maxError: 1 })],
    verdict: "review",
    rule: 1,
  },
  {
    name: "a reply with a sentence that nothing supports",
    action: action("reply", 1),
    context: { draftWarnings: ["No source: it works again."] },
    rules: [REPLY],
    verdict: "review",
    rule: null,
    says: "The draft needs a look: No source: it works again.",
  },
  {
    name: "an acknowledgement of what may be spam",
    action: action("acknowledge", 1),
    context: { spam: true },
    rules: [ACK],
    verdict: "review",
    rule: null,
  },
  {
    name: "spam may be marked alone",
    action: action("mark-spam"),
    context: { spam: true },
    rules: [rule({ action: "mark-spam", rung: "supervised" })],
    verdict: "act",
    rule: 0,
  },
];

describe("decide", () => {
  test.each(CASES)("$name: $verdict", (one) => {
    const verdict = decide(
      one.action ?? action("categorise"),
      { ...CONTEXT, ...one.context },
      document(...one.rules),
    );
    expect(verdict.verdict).toBe(one.verdict);
    if (one.rule !== undefined) expect(verdict.rule).toBe(one.rule);
    expect(verdict.reasons.length).toBeGreaterThan(0);
    for (const reason of verdict.reasons) expect(reason).toMatch(/^[A-Z].*\.$/);
    if (one.says !== undefined) expect(verdict.reasons.join(" ")).toContain(one.says);
  });

  test("every floor is said, not the first alone", () => {
    const verdict = decide(action("close", 1), { ...CONTEXT, stopSwitch: true, highRisk: true }, document());
    expect(verdict.reasons).toHaveLength(3);
  });
});

const rarely = <T>(value: fc.Arbitrary<T>, otherwise: T) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  rarely<object>(
    value.map((one) => ({ [key]: one })),
    {},
  );
const merged = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);

describe("whatever the policies are", () => {
  const scopes = merged(
    optional("client", fc.constantFrom("Contoso", "Fabrikam")),
    optional("vip", fc.boolean()),
    optional("category", fc.constantFrom("vpn", "printer")),
    optional("priority", fc.constantFrom(...PRIORITIES)),
  ) as fc.Arbitrary<PolicyRule["scope"]>;
  const shares = fc.constantFrom(0, 0.01, 0.05, 0.2, 1);
  const rules = merged(
    scopes.map((scope) => ({ scope })),
    rarely<object>(fc.constant({}), { action: "categorise" }),
    optional("action", fc.constantFrom(...ACTION_KINDS)),
    rarely<object>(
      fc.constantFrom(
        { action: "reply", template: "client/vpn" },
        { action: "acknowledge", template: "client/received" },
      ),
      {},
    ),
    fc.constantFrom("review", "conditional", "supervised").map((rung) => ({ rung })),
    fc.constantFrom({}, { maxError: 0.2 }, { maxError: 1 }),
    optional("maxError", shares),
    optional("sample", shares),
    optional("template", fc.constantFrom("client/vpn", "client/received")),
  ) as fc.Arbitrary<PolicyRule>;
  const documents = fc.array(rules, { maxLength: 6 }).map((list) => document(...list));
  const actions = fc
    .tuple(
      fc.constantFrom<ActionKind>("categorise", "categorise", "reply", "acknowledge", ...ACTION_KINDS),
      fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.99, 0.9, 0.7, 0.5)),
      fc.constantFrom(...PRIORITIES),
      fc.constantFrom(...PRIORITIES),
    )
    .map(([kind, confidence, priority, before]) =>
      action(kind, confidence, kind === "set-priority" ? { priority, from: before } : {}),
    );
  const contexts: fc.Arbitrary<PolicyContext> = fc.record({
    clientName: fc.constantFrom("Contoso", "Fabrikam", null),
    vip: fc.boolean(),
    category: fc.constantFrom("vpn", "printer"),
    priority: fc.constantFrom(...PRIORITIES),
    risks: rarely<PolicyContext["risks"]>(
      fc.constantFrom(...RISK_KINDS).map((kind) => [{ kind, evidence: "seen" }]),
      [],
    ),
    spam: rarely(fc.constant(true), false),
    draftWarnings: rarely<readonly string[]>(fc.constant(["No source."]), []),
    highRisk: rarely(fc.constant(true), false),
    answerable: rarely(fc.constant(false), true),
    sampleDraw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    stopSwitch: rarely(fc.constant(true), false),
  });
  const AUTONOMY = { review: 0, "act-and-flag": 1, act: 2 } as const;
  const autonomy = (one: ProposedAction, context: PolicyContext, policies: PolicyDocument): number =>
    AUTONOMY[decide(one, context, policies).verdict];

  test("the generators do reach every verdict, for mail to clients too", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(actions, contexts, documents, (one, context, policies) => {
        const bound = one.action === "reply" || one.action === "acknowledge" ? "client" : "desk";
        seen.add(`${bound} ${decide(one, context, policies).verdict}`);
      }),
      { numRuns: 12000, seed: 1 },
    );
    expect([...seen].toSorted()).toEqual([
      "client act",
      "client act-and-flag",
      "client review",
      "desk act",
      "desk act-and-flag",
      "desk review",
    ]);
  });

  test("without policies a person decides", () => {
    fc.assert(
      fc.property(actions, contexts, (one, context) => decide(one, context, document()).verdict === "review"),
    );
  });

  test("adding a hold rule never raises autonomy, and an empty one ends it", () => {
    fc.assert(
      fc.property(actions, contexts, documents, scopes, (one, context, policies, scope) => {
        const before = autonomy(one, context, policies);
        expect(autonomy(one, context, document(...policies.rules, hold(scope)))).toBeLessThanOrEqual(before);
        expect(autonomy(one, context, document(hold(), ...policies.rules))).toBe(0);
      }),
    );
  });

  test("a risk, a warning, a pause or a likelier error never raises autonomy", () => {
    fc.assert(
      fc.property(
        actions,
        contexts,
        documents,
        fc.constantFrom(...RISK_KINDS),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, context, policies, kind, share) => {
          const before = autonomy(one, context, policies);
          const worse: readonly PolicyContext[] = [
            { ...context, risks: [...context.risks, { kind, evidence: "seen" }] },
            { ...context, draftWarnings: [...context.draftWarnings, "No source."] },
            { ...context, spam: true },
            { ...context, highRisk: true },
          ];
          for (const next of worse) expect(autonomy(one, next, policies)).toBeLessThanOrEqual(before);
          const likelier = { ...one, expectedError: Math.max(share, one.expectedError ?? 1) };
          expect(autonomy(likelier, context, policies)).toBeLessThanOrEqual(before);
          expect(autonomy(one, { ...context, stopSwitch: true }, policies)).toBe(0);
        },
      ),
    );
  });

  test("mail to a client goes out alone only by a rule that names its template", () => {
    fc.assert(
      fc.property(actions, contexts, documents, (one, context, policies) => {
        const verdict = decide(one, context, policies);
        if (verdict.verdict === "review" || (one.action !== "reply" && one.action !== "acknowledge")) return;
        const chosen = verdict.rule === null ? undefined : policies.rules[verdict.rule];
        expect(chosen?.template).toBe(one.template);
        expect(context.draftWarnings).toEqual([]);
        expect(context.risks).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test("an act names the rule that allowed it, and the order of rules does not matter", () => {
    fc.assert(
      fc.property(actions, contexts, documents, (one, context, policies) => {
        const verdict = decide(one, context, policies);
        const turned = decide(one, context, document(...policies.rules.toReversed()));
        expect(turned.verdict).toBe(verdict.verdict);
        if (verdict.verdict !== "review") expect(policies.rules[verdict.rule ?? -1]?.action).toBe(one.action);
      }),
    );
  });
});
