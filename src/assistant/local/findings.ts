import type { Impact, TicketType, Urgency } from "../../desk/ticket.ts";
import { LEVELS } from "../../desk/ticket.ts";
import type { Finding, RelatedTicket } from "../../desk/triage.ts";
import { confidenceOf, rounded } from "./confidence.ts";
import type { Evidence } from "./evidence.ts";
import { GENERAL } from "./rules.ts";
import type { Rule, Signal } from "./rules.ts";

export interface Categorised {
  readonly rule: Rule;
  readonly category: Finding<string>;
}

/** The best rule, or `general` where none has more for it than against it. */
export function findCategory(evidence: Evidence): Categorised {
  const [best, next] = evidence.rules;
  if (best === undefined || best.score <= 0) {
    return {
      rule: evidence.general,
      category: { value: GENERAL, confidence: confidenceOf(0, 0), evidence: ["no rule matches"] },
    };
  }
  const beside =
    next !== undefined && next.score > 0
      ? [`next is rule "${next.rule.category}": ${next.evidence[0] ?? ""}`]
      : [];
  return {
    rule: best.rule,
    category: {
      value: best.rule.category,
      confidence: confidenceOf(best.score, next?.score ?? 0),
      evidence: [`rule "${best.rule.category}"`, ...best.evidence, ...beside],
    },
  };
}

/** The rule's usual type, unless the words speak for one that the rule also allows. */
export function findType(evidence: Evidence, rule: Rule, questions: readonly string[]): Finding<TicketType> {
  const seen = (signal: Signal): readonly string[] => evidence.signals.get(signal) ?? [];
  // "Can you …?" asks for a deed, not for an answer.
  const forAnAnswer = questions.some((question) => !REQUEST_FORM.test(question));
  const asks = forAnAnswer && seen("failure").length === 0 && seen("request").length === 0;
  const votes: readonly {
    readonly type: TicketType;
    readonly points: number;
    readonly says: readonly string[];
  }[] = [
    { type: rule.type, points: 1.5, says: [`rule "${rule.category}"`] },
    { type: "incident", points: 2 * seen("failure").length, says: seen("failure") },
    { type: "service-request", points: 2 * seen("request").length, says: seen("request") },
    { type: "question", points: 2 * seen("question").length + (asks ? 2 : 0), says: seen("question") },
  ];
  const allowed = new Set<TicketType>([rule.type, ...rule.also]);
  const totals = new Map<TicketType, { points: number; says: string[] }>();
  for (const { type, points, says } of votes) {
    if (!allowed.has(type) || points === 0) continue;
    const total = totals.get(type) ?? { points: 0, says: [] };
    totals.set(type, { points: total.points + points, says: [...total.says, ...says] });
  }
  const [best, next] = [...totals].sort(([, left], [, right]) => right.points - left.points);
  const value = best?.[0] ?? rule.type;
  const fixed = rule.also.length === 0;
  return {
    value,
    // A rule with one type is as sure as its category; that is for the caller to bound.
    confidence: fixed ? 0.85 : confidenceOf((best?.[1].points ?? 0) * 2, (next?.[1].points ?? 0) * 2),
    evidence: (best?.[1].says ?? []).slice(0, 4).map(quoted),
  };
}

const REQUEST_FORM =
  /(?:^|[\s,.])(?:can|could|would|will) (?:you|somebody|someone|we)|(?:können|könnten|könntet|kannst|würden) (?:sie|ihr|du|wir)|pouvez|pourriez|pueden?|podrían?|kunnen jullie|kunt u/iu;

const quoted = (says: string): string => (says.startsWith("rule ") ? says : `"${says}"`);

/** How many are hit. The words decide; the client's own tickets of the same kind raise it to a team. */
export function findImpact(
  evidence: Evidence,
  rule: Rule,
  related: readonly RelatedTicket[],
): Finding<Impact> {
  const everyone = evidence.signals.get("everyone");
  const several = evidence.signals.get("several");
  // "Not just me" says the opposite of the "just me" in it.
  const ones = (evidence.signals.get("one-person") ?? []).filter(
    (words) => !(several ?? []).some((more) => more.toLowerCase().includes(words.toLowerCase())),
  );
  const alone = ones.length === 0 ? undefined : ones;
  const duplicates = related.filter((ticket) => ticket.relation === "duplicate");
  if (everyone !== undefined && alone === undefined) {
    // "Everyone" in a request ("tell everyone") is not an outage.
    const failing =
      evidence.signals.has("failure") || evidence.signals.has("blocked") || rule.type === "incident";
    return {
      value: failing ? "high" : rule.impact,
      confidence: failing ? 0.75 : 0.5,
      evidence: everyone.map(quoted),
    };
  }
  if (several !== undefined && alone === undefined && rule.impact !== "high") {
    return { value: "medium", confidence: 0.65, evidence: several.map(quoted) };
  }
  if (duplicates.length >= 2 && rule.impact === "low") {
    const numbers = duplicates.map((ticket) => `#${ticket.number}`).join(", ");
    return { value: "medium", confidence: 0.6, evidence: [`open tickets like it: ${numbers}`] };
  }
  // One person's click is a way into the whole company: more than the writer is at stake.
  const letIn = evidence.signals.get("let-in");
  if (
    letIn !== undefined &&
    !evidence.signals.has("not-let-in") &&
    rule.risk === "security" &&
    rule.impact === "low"
  )
    return { value: "medium", confidence: 0.65, evidence: letIn.map(quoted) };
  if (alone !== undefined) return { value: "low", confidence: 0.75, evidence: alone.map(quoted) };
  return { value: rule.impact, confidence: 0.55, evidence: [`rule "${rule.category}"`] };
}

/**
 * How soon it hurts. Stopped work and deadlines count; a loud word alone lifts a small matter to medium and no further:
 * who shouts must not overtake who cannot work.
 */
export function findUrgency(evidence: Evidence, rule: Rule): Finding<Urgency> {
  const seen = (signal: Signal): readonly string[] => evidence.signals.get(signal) ?? [];
  const [blocked, deadline, shouting, patient] = [
    seen("blocked"),
    seen("deadline"),
    seen("shouting"),
    seen("no-hurry"),
  ];
  const usual = LEVELS.length - 1 - LEVELS.indexOf(rule.urgency);
  let level = usual;
  if (blocked.length > 0) level += rule.type === "incident" || rule.category === GENERAL ? 2 : 1;
  if (deadline.length > 0) level += 1;
  if (shouting.length > 0) level += level === 0 ? 1 : blocked.length + deadline.length > 0 ? 1 : 0;
  if (patient.length > 0 && blocked.length === 0) level -= 1;
  const value = LEVELS[LEVELS.length - 1 - Math.max(0, Math.min(2, level))] ?? rule.urgency;
  const says = [...blocked, ...deadline, ...shouting, ...patient].map(quoted);
  const moderated = shouting.length > 0 && value !== "high" ? ["loud words alone do not make it high"] : [];
  return {
    value,
    confidence: says.length === 0 ? 0.55 : blocked.length > 0 || patient.length > 0 ? 0.72 : 0.6,
    evidence: says.length === 0 ? [`rule "${rule.category}"`] : [...says.slice(0, 4), ...moderated],
  };
}

export function findSentiment(evidence: Evidence): Finding<"calm" | "annoyed" | "angry"> {
  const angry = evidence.signals.get("angry") ?? [];
  const annoyed = evidence.signals.get("annoyed") ?? [];
  const loud = evidence.letter.body.includes("!!") ? ["!!"] : [];
  if (angry.length > 0)
    return { value: "angry", confidence: angry.length > 1 ? 0.75 : 0.65, evidence: angry.map(quoted) };
  const says = [...annoyed, ...loud];
  if (says.length > 0)
    return { value: "annoyed", confidence: says.length > 1 ? 0.7 : 0.55, evidence: says.map(quoted) };
  return { value: "calm", confidence: 0.7, evidence: [] };
}

const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** The queue that the rule names, else the one with its skill or called so, else the default. */
export function findQueue(
  rule: Rule,
  category: Finding<string>,
  queues: readonly {
    readonly name: string;
    readonly skills: readonly string[];
    readonly isDefault: boolean;
  }[],
): Finding<string> {
  const named = rule.queue === "" ? undefined : queues.find((queue) => same(queue.name, rule.queue));
  if (named !== undefined) {
    return {
      value: named.name,
      confidence: category.confidence,
      evidence: [`rule "${rule.category}" names the queue`],
    };
  }
  // A queue called "Accounts", or one for what the category is called, needs no list of the table's own skills.
  for (const skill of [...rule.skills, rule.category]) {
    const skilled = queues.find((queue) => queue.skills.some((one) => same(one, skill)));
    const called = skilled ?? queues.find((queue) => same(queue.name, skill));
    if (called !== undefined) {
      return {
        value: called.name,
        confidence: category.confidence,
        evidence: [
          skilled === undefined ? `a queue is called "${skill}"` : `${called.name} has the skill "${skill}"`,
        ],
      };
    }
  }
  const fallback = queues.find((queue) => queue.isDefault) ?? queues[0];
  const wanted = [rule.queue, ...rule.skills].filter((one) => one !== "").join(", ");
  const why = wanted === "" ? "the default queue" : `the default queue; none has ${wanted}`;
  return {
    value: fallback?.name ?? "",
    confidence: rounded(Math.max(0.4, category.confidence * 0.8)),
    evidence: [why],
  };
}
