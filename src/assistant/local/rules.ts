import type { z } from "zod";
import { UsageError } from "../../errors.ts";
import { describeProblem, isRecord, problemAt, problemsOf, readYaml } from "../../desk/problem.ts";
import type { Problem, YamlFile } from "../../desk/problem.ts";
import * as s from "../../desk/schema.ts";
import { LEVELS, TICKET_TYPES } from "../../desk/ticket.ts";
import type { Impact, TicketType, Urgency } from "../../desk/ticket.ts";
import { RISK_KINDS } from "../../desk/triage.ts";
import type { RiskKind } from "../../desk/triage.ts";
import { phraseFault } from "./phrases.ts";

/** One phrase with its weight; the form is told in `phrases.ts`. */
interface Phrase {
  readonly phrase: string;
  readonly weight: number;
}

/** What the desk must know before it can act. */
export interface Ask {
  /** A noun phrase by language (ISO 639-1); `en` is always there. */
  readonly need: Readonly<Record<string, string>>;
  /** Words that show that it is already given. */
  readonly known: readonly string[];
  /** An attached file answers it too: a screenshot, a form. */
  readonly knownByAttachment: boolean;
  /** The client's record answers it too, where it tells which device is meant. */
  readonly knownByDevice: boolean;
}

export interface Rule {
  readonly category: string;
  /** The usual type, and those that the words of a mail may make of it. */
  readonly type: TicketType;
  readonly also: readonly TicketType[];
  /** A queue by name, "" for none; it goes before skills. */
  readonly queue: string;
  readonly skills: readonly string[];
  readonly impact: Impact;
  readonly urgency: Urgency;
  readonly risk: RiskKind | null;
  /** Name of the client template, without language: `client/vpn`. */
  readonly template: string;
  readonly phrases: readonly Phrase[];
  /** Words that speak against it. */
  readonly against: readonly Phrase[];
  readonly asks: readonly Ask[];
}

/** Words that say something in any category. */
export const SIGNALS = [
  "everyone", // a whole client or site is hit
  "several", // a team is hit
  "one-person", // only the writer is hit
  "let-in", // somebody clicked, opened or typed what a fraud asked for
  "not-let-in",
  "blocked", // work has stopped
  "deadline",
  "shouting", // urgent, asap
  "no-hurry",
  "failure", // something does not work
  "request", // something is to be done
  "question",
  "annoyed",
  "angry",
  "spam",
  "risk-identity",
  "risk-security",
  "risk-legal",
  "risk-payment",
] as const;
export type Signal = (typeof SIGNALS)[number];

/** templates/rules.yaml as read. */
export interface RuleTable {
  /** The admin's own name for this state of the table; part of each finding's version. */
  readonly version: string;
  readonly signals: Readonly<Record<Signal, readonly Phrase[]>>;
  /** Order breaks ties: the first of two equal rules wins. */
  readonly rules: readonly Rule[];
}

/** The category where no rule matches. */
export const GENERAL = "general";

const USUAL_WEIGHT = 2;
const ACCEPTED_PHRASES =
  'phrases by language, each a list or one line with commas, such as { en: "vpn +3, remote access" }';

/**
 * Reads a rule table. The file's head tells an admin its form.
 * @throws UsageError that names file, line, rule, key and what is accepted; up to ten problems at once.
 */
export function parseRules(yaml: string, name = "rules.yaml"): RuleTable {
  const file = readYaml(yaml, name);
  if (file.problems.length > 0) throw refuse(file.problems, file);
  const read = tableSchema.safeParse(file.value);
  if (!read.success) throw refuse(problemsOf(file, read.error.issues), file);
  const problems = contradictions(read.data, file);
  if (problems.length > 0) throw refuse(problems, file);
  return read.data;
}

const languageCode = /^[a-z]{2}$/;

const phrasesSchema = (): z.ZodType<readonly Phrase[]> =>
  s.leaf(
    (raw) => faultOf(raw) ?? ACCEPTED_PHRASES,
    (raw) => {
      if (faultOf(raw) !== null) return undefined;
      return Object.values(raw as Record<string, unknown>).flatMap((list) => listOf(list).map(readPhrase));
    },
  );

/** What the place accepts, where `raw` is not that; `null` when it can be read. */
function faultOf(raw: unknown): string | null {
  if (!isRecord(raw)) return ACCEPTED_PHRASES;
  for (const [language, list] of Object.entries(raw)) {
    if (language !== "any" && !languageCode.test(language)) {
      return `languages of two letters (en, de) or "any" as keys, not "${language}"`;
    }
    if (typeof list !== "string" && !isTextList(list)) return `${ACCEPTED_PHRASES}; "${language}" is neither`;
    for (const written of listOf(list)) {
      const { phrase } = readPhrase(written);
      const fault = phrase === "" ? "words" : phraseFault(phrase);
      if (fault !== null) return `${fault}; "${language}" has the phrase "${written}"`;
    }
  }
  return null;
}

const isTextList = (raw: unknown): raw is readonly string[] =>
  Array.isArray(raw) && raw.every((item) => typeof item === "string");

function listOf(raw: unknown): readonly string[] {
  const parts = typeof raw === "string" ? raw.split(",") : (raw as readonly string[]);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** `remote access +3` → the phrase and its weight. */
function readPhrase(written: string): Phrase {
  const plus = written.lastIndexOf(" +");
  const weight = plus === -1 ? Number.NaN : Number(written.slice(plus + 2));
  if (!(weight > 0 && weight <= 10)) return { phrase: written, weight: USUAL_WEIGHT };
  return { phrase: written.slice(0, plus).trim(), weight };
}

const knownSchema = (): z.ZodType<readonly string[]> =>
  s.leaf(
    'words that show it is given, a list or one line with commas, such as "starts on, <date>"',
    (raw) => {
      if (typeof raw !== "string" && !isTextList(raw)) return undefined;
      const phrases = listOf(raw);
      return phrases.every(isKnownPhrase) ? phrases : undefined;
    },
  );

/** What may stand in `known` beside phrases. */
const ATTACHMENT = "<attachment>";
const DEVICE = "<device>";

const isKnownPhrase = (phrase: string): boolean =>
  phrase === ATTACHMENT || phrase === DEVICE || phraseFault(phrase) === null;

const needSchema = (): z.ZodType<Readonly<Record<string, string>>> =>
  s.leaf('a noun phrase by language, such as { en: "the start date" }', (raw) => {
    if (!isRecord(raw) || typeof raw["en"] !== "string") return undefined;
    const fine = Object.entries(raw).every(
      ([language, text]) => languageCode.test(language) && typeof text === "string" && text.trim() !== "",
    );
    return fine ? (raw as Readonly<Record<string, string>>) : undefined;
  });

const askSchema = s
  .section({ need: needSchema(), known: knownSchema() })
  .transform(({ need, known }): Ask => ({
    need,
    known: known.filter((phrase) => phrase !== ATTACHMENT && phrase !== DEVICE),
    knownByAttachment: known.includes(ATTACHMENT),
    knownByDevice: known.includes(DEVICE),
  }));

const category = () =>
  s.leaf('a short name in small letters, such as "vpn" or "new-starter"', (raw) =>
    typeof raw === "string" && /^[a-z][a-z0-9-]{0,39}$/.test(raw) ? raw : undefined,
  );
const templateName = () =>
  s.leaf('the name of a client template without language, such as "client/vpn"', (raw) =>
    typeof raw === "string" && /^client\/[a-z][a-z0-9-]{0,59}$/.test(raw) ? raw : undefined,
  );

const ruleSchema = s
  .section({
    category: category(),
    type: s.oneOf(...TICKET_TYPES),
    also: s.listOf(s.oneOf(...TICKET_TYPES), "ticket types").default([]),
    queue: s.text("the name of a queue").optional(),
    skills: s.listOf(s.text("a skill"), "skills").default([]),
    impact: s.oneOf(...LEVELS).optional(),
    urgency: s.oneOf(...LEVELS).optional(),
    risk: s.oneOf(...RISK_KINDS).optional(),
    template: templateName().optional(),
    phrases: phrasesSchema(),
    against: phrasesSchema().optional(),
    asks: s.listOf(askSchema, "maps with need and known").default([]),
  })
  .transform((rule): Rule => ({
    ...rule,
    queue: rule.queue ?? "",
    impact: rule.impact ?? "low",
    urgency: rule.urgency ?? "medium",
    risk: rule.risk ?? null,
    template: rule.template ?? "client/general",
    against: rule.against ?? [],
  }));

const signalShape = Object.fromEntries(SIGNALS.map((signal) => [signal, phrasesSchema().optional()]));

const tableSchema = s.section({
  version: s.text('a name for this state of the table, in quotes, such as "2026-11"'),
  signals: s
    .section(signalShape)
    .transform(
      (read) =>
        Object.fromEntries(SIGNALS.map((signal) => [signal, read[signal] ?? []])) as Record<
          Signal,
          readonly Phrase[]
        >,
    ),
  rules: s.listOf(ruleSchema, "rules, each with category, type and phrases"),
});

/** What each rule alone cannot show. */
function contradictions(table: RuleTable, file: YamlFile): readonly Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, { category: name, also, type }] of table.rules.entries()) {
    const at = (key: string, accepts: string): void => {
      problems.push(problemAt(file, ["rules", index, key], accepts));
    };
    if (seen.has(name)) at("category", "a category that no rule above it has");
    if (also.includes(type)) at("also", `types other than the rule's own, ${type}`);
    seen.add(name);
  }
  if (!seen.has(GENERAL)) {
    problems.push(
      problemAt(file, ["rules"], `a rule for the category "${GENERAL}", for what nothing matches`),
    );
  }
  return problems;
}

/** The rule's category beside its place: `rules[3].urgency` alone makes an admin count. */
function refuse(problems: readonly Problem[], file: YamlFile): UsageError {
  const sentences = problems.slice(0, 10).map((problem) => {
    const name = ruleNameAt(file, problem.path);
    return name === "" ? describeProblem(problem) : `rule "${name}": ${describeProblem(problem)}`;
  });
  const more = problems.length > 10 ? `\n… and ${problems.length - 10} more` : "";
  return new UsageError(sentences.join("\n") + more);
}

function ruleNameAt(file: YamlFile, path: string): string {
  const index = /^rules\[(\d+)\]/.exec(path)?.[1];
  const rules = isRecord(file.value) ? file.value["rules"] : undefined;
  const rule: unknown = index !== undefined && Array.isArray(rules) ? rules[Number(index)] : undefined;
  return isRecord(rule) && typeof rule["category"] === "string" ? rule["category"] : "";
}
