import type { Triage } from "../../desk/triage.ts";
import type { TemplateSet } from "../../templates.ts";
import type { DraftRequest } from "../engine.ts";
import { isSureOf } from "./language.ts";
import { languageInWords, type Languages, type Phrases } from "./languages.ts";
import type { Rule } from "./rules.ts";
import { isSettled } from "./settled.ts";

type Templates = Pick<TemplateSet, "has" | "render">;

const GENERAL_TEMPLATE = "client/general";
export const ACKNOWLEDGE_TEMPLATE = "client/acknowledge";
const REQUEST_TEMPLATE = "client/request";
const FOLLOW_UP_TEMPLATE = "client/follow-up";
/** For a mail that asks for nothing: it works again, or only thanks. */
const SETTLED_TEMPLATE = "client/settled";
/** The only text that answers a request for access or about bank details by mail: we call back on the number that we hold. */
const CALL_BACK_TEMPLATE = "client/identity-callback";
const SECURITY_TEMPLATE = "client/security-incident";

/** Identity and security: a text that stays as it is, in each of its languages. */
export const isFixedTemplate = (name: string): boolean =>
  name === CALL_BACK_TEMPLATE ||
  name.startsWith(`${CALL_BACK_TEMPLATE}.`) ||
  name.startsWith("client/security-");

/** What drafts are made of. */
export interface DraftParts {
  readonly templates: Templates;
  readonly languages: Languages;
}

/** Which template, in which language; `exact` is false where the category's or the language's own is missing. */
export interface Chosen {
  readonly name: string;
  readonly phrases: Phrases;
  readonly exact: boolean;
  /** Identity and security: nothing of it may be changed. */
  readonly fixed: boolean;
}

/** Below this the category is as likely another. */
const SURE_ENOUGH = 0.5;

/**
 * A letter about the wrong matter is worse than one that names none, and so is "we are happy to put an offer together" to
 * somebody who has waited for it for weeks.
 */
export const speaksOfNoMatter = ({
  category,
  type,
  sentiment,
}: Pick<Triage, "category" | "type" | "sentiment">): boolean =>
  category.confidence < SURE_ENOUGH || (sentiment.value === "angry" && type.value !== "incident");

/** The template that fits, in no language yet. */
export function baseTemplate({ triage, message, context }: DraftRequest, rule: Rule | undefined): string {
  const ofCategory = rule?.template ?? GENERAL_TEMPLATE;
  const risk = (kind: string): boolean => triage.risks.some((one) => one.kind === kind);
  if (ofCategory.startsWith("client/security-")) return ofCategory;
  if (ofCategory === CALL_BACK_TEMPLATE || risk("identity") || risk("payment")) return CALL_BACK_TEMPLATE;
  if (triage.type.value === "security-incident" || risk("security")) return SECURITY_TEMPLATE;
  if (isSettled(message, context.earlier.length > 0)) return SETTLED_TEMPLATE;
  // A second "thank you for letting us know" reads as if nobody had read the first mail.
  if (context.answered) return FOLLOW_UP_TEMPLATE;
  if (speaksOfNoMatter(triage)) return GENERAL_TEMPLATE;
  // "Your VPN is giving you trouble" is wrong for somebody who asks for a new one.
  const type = triage.type.value;
  if (rule?.type !== "incident" || type === "incident") return ofCategory;
  return type === "question" ? GENERAL_TEMPLATE : REQUEST_TEMPLATE;
}

/** What the reviewer must know of the draft's language, and why it is that. */
export function languageNote(
  { triage: { language }, message }: DraftRequest,
  asked: string | null,
  phrases: Phrases,
): readonly string[] {
  const wrote = asked ?? language.value;
  const isSure = asked !== null || isSureOf(language);
  if (phrases.language === wrote && (isSure || wrote !== "en")) return [];
  const whose = asked === null ? "the client's language" : "that language";
  const draftIs = `the draft is in ${phrases.name}.`;
  if (isSure) return [`There is no template in ${whose}, ${languageInWords(wrote)}: ${draftIs}`];
  if (wrote !== "en")
    return [
      `The client's language could not be told for sure, perhaps ${languageInWords(wrote)}: ${draftIs}`,
    ];
  // Not one common word of a known language, and letters that English has not.
  const isForeign = /[\u00c0-\u024f]/.test(message.newText) && message.newText.split(/\s+/).length >= LETTER;
  return isForeign ? [`The client's language could not be told: ${draftIs}`] : [];
}

/** Words from which on a text should show its language. */
const LETTER = 8;

/** The category's template in the language, else the general one in it, else the category's in English. */
export function choose({ templates, languages }: DraftParts, base: string, language: string): Chosen {
  const fixed = isFixedTemplate(base);
  const phrases = languages.phrasesOf(language);
  const own = nameIn(base, language);
  if (phrases !== null && templates.has(own)) return { name: own, phrases, exact: true, fixed };
  const general = nameIn(GENERAL_TEMPLATE, language);
  if (phrases !== null && !fixed && language !== "en" && templates.has(general)) {
    return { name: general, phrases, exact: false, fixed };
  }
  const english = templates.has(base) ? base : fixed ? fixedInstead(base) : GENERAL_TEMPLATE;
  return { name: english, phrases: languages.english, exact: false, fixed };
}

/** A fixed text that is missing must not become a general one; rendering names what is missing. */
const fixedInstead = (base: string): string =>
  base.startsWith("client/security-") && base !== SECURITY_TEMPLATE ? SECURITY_TEMPLATE : base;

/** `client/vpn` is English, `client/vpn.de` German. */
export function nameIn(base: string, language: string): string {
  return language === "en" ? base : `${base}.${language}`;
}
