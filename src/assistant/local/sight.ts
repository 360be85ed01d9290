import type { RiskFlag } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { TriageContext } from "../engine.ts";
import type { Example } from "../learning/example.ts";
import { packMaking } from "../learning/making.ts";
import { cluesOf, viewOf, type Clues } from "../spam/clues/clues.ts";
import { findDeceptions, ofSpam, withDeceptions } from "../spam/deceptions.ts";
import type { Deception } from "../spam/deception.ts";
import { judgeSpam, type SpamJudgement } from "../spam/find-spam.ts";
import { passedOnFraud, type PassedOnFraud } from "../spam/passed-on-fraud.ts";
import { holdsForward, passesOn } from "../spam/passes-on.ts";
import { withAlert } from "./alert-evidence.ts";
import { alertOf, type Alert } from "./alert.ts";
import { EvidenceReader, type Evidence } from "./evidence.ts";
import { exampleOf } from "./example-of.ts";
import { askModels } from "./learned.ts";
import type { FieldModels, Learned } from "./learned.ts";
import { learnedCategory, type LearnedCategory } from "./learned-findings.ts";
import { readLetter } from "./letter.ts";
import { whyUnreadable } from "./readable.ts";
import { findRisks } from "./risks.ts";
import type { Rule, RuleTable } from "./rules.ts";

/** What is needed to see a mail, beside the mail. */
export interface Sight {
  readonly rules: RuleTable;
  readonly ruleOf: ReadonlyMap<string, Rule>;
  readonly reader: EvidenceReader;
  readonly models: FieldModels;
}

/** All that is seen in a mail before anything is looked up. */
export interface Seen {
  readonly alert: Alert | null;
  readonly evidence: Evidence;
  /** What models see of it. */
  readonly example: Example;
  readonly learned: Learned;
  readonly found: LearnedCategory;
  /** What a client passes on to be looked at, where that is what the mail is about. */
  readonly fraud: PassedOnFraud | null;
  /** Why nobody could read it; `null` for a mail with words. */
  readonly unreadable: string | null;
  readonly rule: Rule;
  readonly risks: readonly RiskFlag[];
  readonly spam: SpamJudgement;
}

export function sightOf(rules: RuleTable, models: FieldModels): Sight {
  const ruleOf = new Map(rules.rules.map((rule) => [rule.category, rule]));
  return { rules, ruleOf, reader: new EvidenceReader(rules), models };
}

/** Pure, and linear in what the mail holds. */
export function see(
  { rules, ruleOf, reader, models }: Sight,
  message: ParsedMessage,
  context: TriageContext,
): Seen {
  const alert = alertOf(message);
  const read = reader.read(told(message, context), canonicalSubject(message.subject), context.earlier);
  const evidence = withAlert(read, alert, rules);
  const known = context.client !== null || context.contact !== null;
  const view = viewOf(message);
  const authentication = context.authentication ?? null;
  const people = context.people ?? null;
  const deceptions = findDeceptions(message, context.client, authentication, view, people);
  const made = isLookedAt(message, context, known)
    ? madeOf(cluesOf(message, authentication, view), ofSpam(deceptions))
    : null;
  const example: Example = {
    ...exampleOf(message, context, evidence),
    ...(made === null ? {} : { making: packMaking(made) }),
  };
  const learned: Learned = models.size === 0 ? new Map() : askModels(models, example);
  const found = learnedCategory(evidence, learned, (category) => ruleOf.get(category));
  const facts = {
    known,
    passesOn: !known && holdsForward(message),
    list: message.automatic.verdict === "list",
    links: evidence.words.filter((word) => word.kind === "link").length,
    risks: [],
    deceptions: ofSpam(deceptions),
    clues: made === null ? [] : [...made.envelope, ...made.body],
    learned: learned.get("spam") ?? null,
  };
  const passedOnSpam = known ? spamPassedOn(message, judgeSpam(evidence, { ...facts, known: false })) : false;
  const fraud = passedOnFraud({ known, deceptions, passedOnSpam }, rules.rules);
  const unreadable = whyUnreadable(message, evidence);
  const rule = fraud?.rule ?? (unreadable === null ? found.rule : evidence.general);
  const flagged = findRisks(message, context.client, evidence, rule, likelyRules(found, ruleOf));
  const risks = withDeceptions(withFraud(flagged, fraud), deceptions, known);
  const spam = judgeSpam(evidence, { ...facts, risks, passesOn: facts.passesOn || passedOnSpam });
  return { alert, evidence, example, learned, found, fraud, unreadable, rule, risks, spam };
}

/**
 * What is to be answered: where the desk has not written yet, “forgot to say …” belongs to the mail before it, and the reply answers
 * both. The newest comes first, each without its greeting and signature.
 */
function told(
  message: ParsedMessage,
  { answered, earlier }: TriageContext,
): Pick<ParsedMessage, "newText" | "attachments"> {
  if (answered || earlier.length === 0) return message;
  const texts = [message.newText, ...earlier.toReversed()].slice(0, 5);
  return { ...message, newText: texts.map((text) => readLetter(text.slice(0, 5000)).body).join("\n\n") };
}

/**
 * Whether a client's mail passes on what would rather be spam than not, were it a stranger's own. Most mails are spared the
 * search for a forward: what is no spam from a stranger is none from a client.
 */
const spamPassedOn = (message: ParsedMessage, fromStranger: SpamJudgement): boolean =>
  fromStranger.chance >= LIKELIER_THAN_NOT && passesOn(message);

const LIKELIER_THAN_NOT = 0.5;

/** What a client passes on to be looked at is a matter of security, whatever its words are. */
function withFraud(risks: readonly RiskFlag[], fraud: PassedOnFraud | null): readonly RiskFlag[] {
  if (fraud === null || risks.some((risk) => risk.kind === "security")) return risks;
  return [...risks, { kind: "security", evidence: fraud.category.evidence[0] ?? "" }];
}

/**
 * Whether its making is looked at. A stranger's always: it is judged by it. Of clients' mails one in four, chosen by its
 * content, so that what honest mail looks like is learned too, and most are spared the look. Never what a technician
 * passed on: its header is theirs.
 */
function isLookedAt(message: ParsedMessage, { passedOn }: TriageContext, known: boolean): boolean {
  return passedOn !== true && (!known || /^[0-3]/.test(message.contentSha256));
}

/** What deceives is a clue as well: what each kind is worth here is learned. */
function madeOf(
  { envelope, body }: Clues,
  deceptions: readonly Deception[],
): { readonly envelope: readonly string[]; readonly body: readonly string[] } {
  return { envelope, body: [...body, ...deceptions.map(({ kind, weight }) => `deceives:${kind}:${weight}`)] };
}

/** A risk is flagged from this chance of its category on: a flag too many costs a look, one too few may cost a company. */
const LIKELY = 0.4;

/** Rules of the categories that may well be meant, whichever was taken. */
function likelyRules(found: LearnedCategory, ruleOf: ReadonlyMap<string, Rule>): readonly Rule[] {
  return found.chances
    .filter(({ chance }) => chance >= LIKELY)
    .flatMap(({ value }) => ruleOf.get(value) ?? []);
}
