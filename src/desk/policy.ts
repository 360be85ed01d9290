import type { ProposedAction, Verdict } from "./action.ts";
import type { PolicyDocument, PolicyRule, PolicyScope } from "./policy-document.ts";
import { isLowerPriority } from "./priority.ts";
import type { Priority } from "./ticket.ts";
import type { RiskFlag, RiskKind } from "./triage.ts";

/** Highest chance of error at which an action may be taken alone, where the rule names none. */
const DEFAULT_MAX_ERROR = 0.05;

/** A supervised action up to this many times its `maxError` is an edge case: done, and shown. Beyond it, a person decides. */
const EDGE_BAND = 3;

/** What policy may look at besides the action itself. */
export interface PolicyContext {
  /** `null` where the client is not known. */
  readonly clientName: string | null;
  readonly vip: boolean;
  readonly category: string;
  readonly priority: Priority;
  readonly risks: readonly RiskFlag[];
  readonly spam: boolean;
  /** What `guard` found in the draft, and sentences without a source. */
  readonly draftWarnings: readonly string[];
  readonly highRisk: boolean;
  /** False for list mail and for a sender who may be forged: nothing automatic answers those (RFC 3834 §2). */
  readonly answerable: boolean;
  /** Drawn by the caller, at random, from 0 up to but not including 1. */
  readonly sampleDraw: number;
  /** The desk is paused: nothing automatic happens. */
  readonly stopSwitch: boolean;
}

/** An action that no policy may take alone (design §6). */
const NEVER_ALONE: ReadonlySet<ProposedAction["action"]> = new Set([
  "close",
  "merge",
  "escalate",
  "run-runbook",
]);

/** Risks that put the whole message before a person; only an internal note may still be written alone. */
const FLOOR_RISKS: readonly RiskKind[] = ["identity", "security", "legal", "payment"];

/** Rounding: a sum of bounds that comes to 0.05 must meet a limit of 0.05. */
const EPSILON = 1e-9;

/** One in ten bounds may be missed: the confidence of a one-sided bound on the error. */
const ONE_SIDED = 0.1;

/**
 * Policy's word on one proposed action. Pure: the same action, context and document give the same verdict.
 * Floors come first, then hold rules, then the most specific rule; each exit says why. Without a rule a person decides.
 */
export function decide(action: ProposedAction, context: PolicyContext, policies: PolicyDocument): Verdict {
  const floors = floorsFor(action, context);
  if (floors.length > 0) return { verdict: "review", reasons: floors, rule: null };

  const hold = policies.rules.findIndex((rule) => rule.action === undefined && covers(rule.scope, context));
  if (hold !== -1) {
    const scope = describeScope(policies.rules[hold]?.scope ?? {});
    return {
      verdict: "review",
      reasons: [`Policy ${hold + 1} holds every automatic act${scope}.`],
      rule: hold,
    };
  }

  const chosen = chooseRule(action, context, policies.rules);
  if (chosen === null)
    return {
      verdict: "review",
      reasons: [`No policy lets the desk ${phraseOf(action)} alone here.`],
      rule: null,
    };
  return { ...applyRule(action, context, chosen), rule: chosen.index };
}

function floorsFor(action: ProposedAction, context: PolicyContext): readonly string[] {
  const floors: string[] = [];
  if (context.stopSwitch)
    floors.push("The desk is paused: no automatic act until a lead or an admin resumes it.");
  if (NEVER_ALONE.has(action.action)) floors.push(`A person always decides to ${phraseOf(action)}.`);
  if (action.action === "set-priority" && isLowerPriority(action.priority, action.from)) {
    floors.push(`A person always decides to lower a priority (${action.from} to ${action.priority}).`);
  }
  if (!(action.confidence >= 0 && action.confidence <= 1))
    floors.push("The confidence is not a number from 0 to 1, so it says nothing.");
  if (action.action === "note") return floors;

  for (const risk of context.risks) {
    if (FLOOR_RISKS.includes(risk.kind))
      floors.push(`A person decides where there is a risk (${risk.kind}: ${risk.evidence}).`);
  }
  if (context.highRisk) floors.push("The item is high-risk, so a person decides.");
  if (isClientBound(action)) floors.push(...clientBoundFloors(context));
  return floors;
}

/** Mail to a client needs more than an internal act: nothing doubtful goes out alone. */
function clientBoundFloors(context: PolicyContext): readonly string[] {
  const floors: string[] = [];
  if (!context.answerable)
    floors.push("Nothing is answered alone that may be forged or that a program wrote.");
  if (context.spam) floors.push("The message may be spam, and spam is not answered alone.");
  for (const risk of context.risks) {
    if (risk.kind === "spoofing" || risk.kind === "hidden-text")
      floors.push(`The sender or the text may deceive (${risk.kind}: ${risk.evidence}).`);
  }
  for (const warning of context.draftWarnings) floors.push(`The draft needs a look: ${warning}`);
  return floors;
}

interface IndexedRule {
  readonly rule: PolicyRule;
  readonly index: number;
}

/** Most scope keys wins; a tie goes to the stricter rule, then to the earlier one. */
function chooseRule(
  action: ProposedAction,
  context: PolicyContext,
  rules: readonly PolicyRule[],
): IndexedRule | null {
  let best: IndexedRule | null = null;
  for (const [index, rule] of rules.entries()) {
    if (rule.action !== action.action || !covers(rule.scope, context) || !speaksOfTemplate(rule, action))
      continue;
    const challenger = { rule, index };
    if (best === null || outranks(challenger.rule, best.rule)) best = challenger;
  }
  return best;
}

function outranks(challenger: PolicyRule, holder: PolicyRule): boolean {
  const more = keysOf(challenger.scope).length - keysOf(holder.scope).length;
  if (more !== 0) return more > 0;
  return compareStrictness(challenger, holder) > 0;
}

/** Positive where `left` is stricter. */
function compareStrictness(left: PolicyRule, right: PolicyRule): number {
  return (
    strictnessOf(left) - strictnessOf(right) ||
    limitOf(right) - limitOf(left) ||
    (left.sample ?? 0) - (right.sample ?? 0)
  );
}

function strictnessOf(rule: PolicyRule): number {
  const rung = { review: 2, conditional: 1, supervised: 0 }[rule.rung];
  return isClientBoundKind(rule.action) && rule.template === undefined ? 2 : rung;
}

function applyRule(
  action: ProposedAction,
  context: PolicyContext,
  { rule, index }: IndexedRule,
): Pick<Verdict, "verdict" | "reasons"> {
  const name = `Policy ${index + 1}`;
  const subject = `${phraseOf(action)}${describeScope(rule.scope)}`;
  if (rule.rung === "review")
    return { verdict: "review", reasons: [`${name}: a person decides to ${subject}.`] };
  if (isClientBound(action) && rule.template === undefined) {
    return {
      verdict: "review",
      reasons: [`${name} names no template, and mail goes out alone only from a named template.`],
    };
  }
  const error = errorOf(action);
  const limit = limitOf(rule);
  if (rule.sample !== undefined && !(context.sampleDraw >= rule.sample)) {
    return {
      verdict: "review",
      reasons: [
        `${name}: this one was drawn for the sample of ${percent(rule.sample)} that a person looks at.`,
      ],
    };
  }
  const band = rule.rung === "supervised" ? limit * EDGE_BAND : limit;
  if (error > band + EPSILON) return { verdict: "review", reasons: [tooLikelyWrong(name, action, limit)] };
  if (error > limit + EPSILON) {
    return {
      verdict: "act-and-flag",
      reasons: [
        `${name}: done and shown, since ${fewDecisions(action, limit) ?? `${chanceOf(error)} (limit ${percent(limit)})`}.`,
      ],
    };
  }
  if (limit === 1)
    return {
      verdict: "act",
      reasons: [`${name}: the desk may ${subject} alone, however likely an error is.`],
    };
  return {
    verdict: "act",
    reasons: [
      rule.rung === "conditional"
        ? `${name}: the desk may ${subject} alone up to ${percent(limit)} error; ${chanceOf(error)}, by ${action.decisions ?? 0} decisions.`
        : `${name}: the desk may ${subject} in bulk; ${chanceOf(error)}, by ${action.decisions ?? 0} decisions.`,
    ],
  };
}

/** Why a person is asked: the desk knows too little to say, or it knows that errors are too likely. */
function tooLikelyWrong(name: string, action: ProposedAction, limit: number): string {
  const few = fewDecisions(action, limit);
  return few === null
    ? `${name}: ${chanceOf(errorOf(action))}, above the limit of ${percent(limit)}.`
    : `${name}: ${few} to trust a confidence for this.`;
}

/** Where so few decisions could not meet the limit, were they all right; else `null`. */
function fewDecisions(action: ProposedAction, limit: number): string | null {
  const { decisions = 0 } = action;
  const needed = decisionsFor(limit);
  if (decisions >= needed) return null;
  return `too few decisions are known (${decisions}${Number.isFinite(needed) ? ` of at least ${needed}` : ""})`;
}

/** How many decisions without one error show that at most `limit` of them are wrong. */
function decisionsFor(limit: number): number {
  if (limit >= 1) return 0;
  return limit > 0 ? Math.ceil(Math.log(ONE_SIDED) / Math.log(1 - limit)) : Number.POSITIVE_INFINITY;
}

/** The bound of the error among past decisions as sure as this one; 1 where nothing is known. */
function errorOf(action: ProposedAction): number {
  const { expectedError = 1 } = action;
  return expectedError >= 0 && expectedError <= 1 ? expectedError : 1;
}

const chanceOf = (error: number): string => `the chance of error is at most ${percent(error)}`;

/** A limit that is not a number from 0 to 1 allows nothing. */
function limitOf(rule: PolicyRule): number {
  const limit = rule.maxError ?? DEFAULT_MAX_ERROR;
  return limit >= 0 && limit <= 1 ? limit : -1;
}

/** A rule that names a template speaks of that template only. */
function speaksOfTemplate(rule: PolicyRule, action: ProposedAction): boolean {
  if (action.action !== "reply" && action.action !== "acknowledge") return true;
  return rule.template === undefined || rule.template === action.template;
}

function isClientBound(action: ProposedAction): boolean {
  return isClientBoundKind(action.action);
}

function isClientBoundKind(kind: PolicyRule["action"]): boolean {
  return kind === "reply" || kind === "acknowledge";
}

function covers(scope: PolicyScope, context: PolicyContext): boolean {
  return (
    (scope.client === undefined || sameWord(scope.client, context.clientName)) &&
    (scope.vip === undefined || scope.vip === context.vip) &&
    (scope.category === undefined || sameWord(scope.category, context.category)) &&
    (scope.priority === undefined || scope.priority === context.priority)
  );
}

function sameWord(left: string, right: string | null): boolean {
  return right !== null && left.toLowerCase() === right.toLowerCase();
}

function keysOf(scope: PolicyScope): readonly (keyof PolicyScope)[] {
  return (["client", "vip", "category", "priority"] as const).filter((key) => scope[key] !== undefined);
}

function describeScope(scope: PolicyScope): string {
  const words = keysOf(scope).map((key) =>
    key === "vip" ? (scope.vip === true ? "VIPs" : "people who are no VIPs") : `${key} ${String(scope[key])}`,
  );
  return words.length === 0 ? "" : ` for ${words.join(", ")}`;
}

function phraseOf(action: ProposedAction): string {
  switch (action.action) {
    case "reply":
      return `reply with template "${action.template}"`;
    case "acknowledge":
      return `acknowledge with template "${action.template}"`;
    case "route":
      return "route";
    case "set-priority":
      return "set the priority";
    case "categorise":
      return "categorise";
    case "note":
      return "write a note";
    case "merge":
      return "merge tickets";
    case "close":
      return "close a ticket";
    case "escalate":
      return "escalate";
    case "mark-spam":
      return "mark spam";
    case "run-runbook":
      return `run "${action.runbook}"`;
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
