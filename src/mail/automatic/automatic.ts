/** RFC 3834: was this mail written by a program, and by which signs. */

import {
  absenceSentences,
  absenceSubjects,
  autoReplyPrefixes,
  calendarPrefixes,
  challengeSentences,
  challengeServices,
  setUpWords,
} from "./automatic-words.ts";
import {
  isBounceSubject,
  isBounceText,
  isMailDaemon,
  isPostmaster,
  opensAsBounce,
  tellsSuccess,
} from "./bounce-signs.ts";
import type { Automatic, HeaderField } from "../message.ts";
import { phrases } from "../reply/phrases.ts";

export interface AutomaticFacts {
  /** From the envelope; "" is the null reverse-path, `null` where no envelope is held. */
  readonly reversePath: string | null;
  /** Decoded. */
  readonly subject: string;
  /** The readable body. */
  readonly text: string;
  /** addr-spec of the first From mailbox; "" without one. */
  readonly fromAddress: string;
  /** The top Content-Type field, parameters included. */
  readonly contentType: string;
  /** Some part is message/delivery-status (or message/global-delivery-status). */
  readonly hasDeliveryStatusPart: boolean;
}

type Verdict = Exclude<Automatic["verdict"], "no">;

interface Sign {
  readonly verdict: Verdict;
  readonly reason: string;
}

const bounce = (reason: string): Sign => ({ verdict: "bounce", reason });
const reply = (reason: string): Sign => ({ verdict: "auto-reply", reason });

/** Where signs point to several verdicts the first of these that any sign names is taken. */
const verdictOrder: readonly Verdict[] = ["report", "bounce", "auto-reply", "list"];

/**
 * The verdict, and every sign for it, strongest first.
 *
 * A false alarm costs more than a miss: mail wrongly called automatic gets no answer. So one word never decides. A
 * monitoring alert, a scan to mail, or another help desk's notification is `no` unless it carries a sign of RFC 3834
 * or of a list: clients rightly get tickets for those.
 */
export function classifyAutomatic(headers: readonly HeaderField[], facts: AutomaticFacts): Automatic {
  const mail = new Mail(headers, facts);
  const signs = [
    ...reportSigns(mail),
    ...bounceSigns(mail),
    ...autoSubmittedSigns(mail),
    ...responderSigns(mail),
    ...subjectSigns(mail),
    ...listSigns(mail),
    ...reversePathSigns(mail),
  ];
  const verdict = verdictOrder.find((verdict) => signs.some((sign) => sign.verdict === verdict));
  if (verdict === undefined) return { verdict: "no", reasons: [] };
  const own = signs.filter((sign) => sign.verdict === verdict);
  const others = signs.filter((sign) => sign.verdict !== verdict);
  const reasons = [...own, ...others].map((sign) => sign.reason);
  // Outlook, Teams, ticket systems and scripts ask with this field not to be answered, on ordinary mail too: it says
  // nothing about who wrote the mail, so it is told only beside other signs.
  const suppress = mail.value("x-auto-response-suppress");
  if (suppress !== undefined) reasons.push(`X-Auto-Response-Suppress: ${shown(suppress)}`);
  return { verdict, reasons: [...new Set(reasons)] };
}

class Mail {
  readonly facts: AutomaticFacts;
  readonly #fields: ReadonlyMap<string, readonly string[]>;

  constructor(headers: readonly HeaderField[], facts: AutomaticFacts) {
    const fields = new Map<string, string[]>();
    for (const { name, value } of headers)
      fields.set(name, [...(fields.get(name) ?? []).slice(0, 20), value]);
    this.facts = facts;
    this.#fields = fields;
  }

  value(name: string): string | undefined {
    return this.#fields.get(name)?.[0];
  }

  values(name: string): readonly string[] {
    return this.#fields.get(name) ?? [];
  }

  /** RFC 5321 §4.5.5; mail from a mailbox keeps it in Return-Path. */
  get hasNullReversePath(): boolean {
    if (this.facts.reversePath !== null) return this.facts.reversePath === "";
    return this.value("return-path")?.replace(/\s/g, "") === "<>";
  }

  /** The media type and its parameters, lower case, without quotes and spaces. */
  get contentType(): string {
    return this.facts.contentType.slice(0, 1000).toLowerCase().replace(/["\s]/g, "");
  }

  /** The first words of the text, for looking up sentences in. */
  get opening(): string {
    return this.facts.text.slice(0, 1500).toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
  }
}

/** RFC 6522 reports that tell nothing about a delivery: read receipts (RFC 8098), complaints (RFC 5965), DMARC, TLS. */
function reportSigns(mail: Mail): Sign[] {
  const type = mail.contentType;
  if (!type.startsWith("multipart/report")) {
    return type.startsWith("message/disposition-notification") || type.startsWith("message/feedback-report")
      ? [{ verdict: "report", reason: `Content-Type: ${type.split(";")[0] ?? ""}` }]
      : [];
  }
  const kind = /;report-type=([a-z-]{1,60})/.exec(type)?.[1] ?? "";
  const reason = `Content-Type: multipart/report${kind === "" ? "" : `; report-type=${kind}`}`;
  const delivery = kind === "delivery-status" || (kind === "" && mail.facts.hasDeliveryStatusPart);
  if (!delivery) return [{ verdict: "report", reason }];
  if (tellsSuccess(mail.facts.subject, mail.facts.text)) {
    return [{ verdict: "report", reason: `${reason}, about a delivery that succeeded` }];
  }
  return [{ verdict: "bounce", reason }];
}

function bounceSigns(mail: Mail): Sign[] {
  const { fromAddress, subject, text, hasDeliveryStatusPart } = mail.facts;
  const signs: Sign[] = [];
  if (mail.contentType.startsWith("message/delivery-status"))
    signs.push(bounce("Content-Type: message/delivery-status"));
  const failed = mail.value("x-failed-recipients");
  if (failed !== undefined) signs.push(bounce(`X-Failed-Recipients: ${shown(failed)}`));
  if (mail.value("x-ms-exchange-message-is-ndr") !== undefined)
    signs.push(bounce("X-MS-Exchange-Message-Is-Ndr"));
  if (isMailDaemon(fromAddress)) signs.push(bounce(`sent by the mail system itself, ${shown(fromAddress)}`));
  // A person forwards or pastes a bounce: part, subject or sentence alone are not enough, two of them from a machine are.
  const fromMachine = mail.hasNullReversePath || isPostmaster(fromAddress);
  const saysSubject = isBounceSubject(subject);
  const saysText = isBounceText(text);
  const generated = autoSubmitted(mail) !== null;
  if ((fromMachine || generated) && hasDeliveryStatusPart) {
    signs.push(bounce("holds a delivery status (message/delivery-status)"));
  }
  const told = fromMachine || signs.length > 0 || (generated && saysText) || opensAsBounce(text);
  if (saysSubject && told) signs.push(bounce(`subject of a delivery notice: "${shown(subject)}"`));
  if (saysText && (fromMachine || signs.length > 0))
    signs.push(bounce("text opens as a delivery notice does"));
  return signs.length > 0 && mail.hasNullReversePath
    ? [...signs, bounce("null reverse-path (MAIL FROM:<>)")]
    : signs;
}

/** RFC 3834 §5: the keyword, without comment and parameters; `null` where absent or "no". */
function autoSubmitted(mail: Mail): string | null {
  for (const value of mail.values("auto-submitted")) {
    const keyword = /^[\s"]*([a-z-]{1,40})/i
      .exec(value.replace(/^\s*\([^)]{0,100}\)/, ""))?.[1]
      ?.toLowerCase();
    if (keyword !== undefined && keyword !== "no") return keyword;
  }
  return null;
}

function autoSubmittedSigns(mail: Mail): Sign[] {
  const keyword = autoSubmitted(mail);
  if (keyword === null) return [];
  // A newsletter or a list's notification is generated, not a reply to anyone.
  const list =
    keyword === "auto-generated" && (mail.value("list-id") ?? mail.value("list-unsubscribe")) !== undefined;
  return [{ verdict: list ? "list" : "auto-reply", reason: `Auto-Submitted: ${keyword}` }];
}

/** Fields by which vacation programs of before RFC 3834, and some since, make themselves known. */
const responderFields: readonly string[] = phrases(`
  x-autoreply | x-auto-reply | x-autorespond | x-autoresponder | x-autoreply-from | x-mail-autoreply
  x-auto-response | x-autogenerated-reply | x-vacation | x-out-of-office | x-oof | x-autoresponse
  autoreply
`);

function responderSigns(mail: Mail): Sign[] {
  const signs: Sign[] = [];
  for (const name of responderFields) {
    const value = mail.value(name);
    if (value !== undefined && !/^\s*(?:no|false|0)?\s*$/i.test(value))
      signs.push(reply(`${fieldName(name)}: ${shown(value)}`));
  }
  for (const name of ["precedence", "preference", "x-precedence"]) {
    const value = mail.value(name)?.trim().toLowerCase();
    if (value !== undefined && /^auto[_-]?reply$/.test(value))
      signs.push(reply(`${fieldName(name)}: ${value}`));
  }
  // vpopmail, GroupWise, FirstClass, vacation(1), Exchange's rules.
  if (/^autoresponder\b/i.test(mail.value("delivered-to") ?? ""))
    signs.push(reply("Delivered-To: Autoresponder"));
  if (/autoresponder/i.test(mail.value("x-post-messageclass") ?? ""))
    signs.push(reply("X-POST-MessageClass: Autoresponder"));
  if (mail.value("x-fc-machinegenerated")?.trim().toLowerCase() === "true")
    signs.push(reply("X-FC-MachineGenerated: true"));
  const program = mail.value("x-mailer") ?? mail.value("user-agent") ?? "";
  if (/\b(?:vacation|autorespond|auto-?reply)/i.test(program))
    signs.push(reply(`written by the program ${shown(program)}`));
  const source = mail.value("x-ms-exchange-generated-message-source") ?? "";
  if (/mailbox rules agent/i.test(source))
    signs.push(reply(`X-MS-Exchange-Generated-Message-Source: ${shown(source)}`));
  return signs;
}

function subjectSigns(mail: Mail): Sign[] {
  const subject = mail.facts.subject.trim().toLowerCase().replaceAll("’", "'").slice(0, 300);
  const opening = mail.opening;
  const says = (words: readonly string[]): boolean => words.some((phrase) => opening.includes(phrase));
  const asks = setUpWords.some((words) => subject.includes(words)) || subject.endsWith("?");
  const absent = says(absenceSentences);
  const shownSubject = `subject of an automatic reply: "${shown(mail.facts.subject)}"`;
  if (startsWithPrefix(subject, autoReplyPrefixes)) {
    if (!asks && (absent || !says(setUpWords))) return [reply(shownSubject)];
  } else if (startsWithPrefix(subject, absenceSubjects) || /^.{2,60} is out of the office\b/.test(subject)) {
    // People name the subject of a mail "Out of office" when they want theirs set up. A program's answer refers to the
    // mail it answers, yet its subject does not begin with "Re:".
    const answers = (mail.value("in-reply-to") ?? mail.value("references")) !== undefined;
    const wants = says(setUpWords);
    if (!asks && (absent ? !wants || answers : answers && !wants)) return [reply(shownSubject)];
  }
  if (calendarPrefixes.some((prefix) => subject.startsWith(prefix)) && isCalendarAnswer(mail)) {
    return [reply(`answer to an invitation: "${shown(mail.facts.subject)}"`)];
  }
  if (
    says(challengeSentences) &&
    (challengeServices.some((name) => opening.includes(name)) || refersBack(mail, subject))
  ) {
    return [reply("asks the sender to prove that he is a person (challenge-response)")];
  }
  return [];
}

/**
 * Whether a subject begins as those of automatic replies do, whatever else stands in the mail. For review replies, where a
 * miss costs more than a false alarm: the quoted digest below may hold words that clear an ordinary mail.
 */
export function hasAutomaticSubject(subject: string): boolean {
  const plain = subject.trim().toLowerCase().replaceAll("’", "'").slice(0, 300);
  return startsWithPrefix(plain, autoReplyPrefixes) || startsWithPrefix(plain, absenceSubjects);
}

/** The phrase alone, or followed by what separates a prefix from the subject answered. */
function startsWithPrefix(subject: string, prefixes: readonly string[]): boolean {
  const start = subject.replace(/^[[(*\s]+/, "");
  return prefixes.some((prefix) => {
    if (!start.startsWith(prefix)) return false;
    const rest = start.slice(prefix.length);
    return prefix.endsWith(":") || /^\s*(?:$|[:：\-–—)\](.!]|re:)/.test(rest);
  });
}

function refersBack(mail: Mail, subject: string): boolean {
  return mail.value("in-reply-to") !== undefined || subject.startsWith("re:");
}

function isCalendarAnswer(mail: Mail): boolean {
  return (
    /^text\/calendar.*;method=(?:reply|counter)/.test(mail.contentType) ||
    /calendarmessage/i.test(mail.value("content-class") ?? "") ||
    /^calendar-notification@/i.test(mail.value("sender")?.replace(/^.*</, "") ?? "") ||
    mail.value("x-microsoft-cdo-busystatus") !== undefined ||
    mail.facts.text.trim() === ""
  );
}

const listFields: readonly string[] = [
  "list-id",
  "list-post",
  "list-unsubscribe",
  "mailing-list",
  "x-mailing-list",
  "x-beenthere",
];

/** RFC 2919, RFC 2369. Feedback-ID is not among them: large mailers put it on every mail, a person's too. */
function listSigns(mail: Mail): Sign[] {
  const signs: Sign[] = [];
  for (const name of listFields) {
    const value = mail.value(name);
    if (value !== undefined) signs.push({ verdict: "list", reason: `${fieldName(name)}: ${shown(value)}` });
  }
  const precedence = mail.value("precedence")?.trim().toLowerCase();
  if (precedence !== undefined && /^(?:list|bulk|junk)$/.test(precedence)) {
    signs.push({ verdict: "list", reason: `Precedence: ${precedence}` });
  }
  return signs;
}

/** RFC 3834 §3.3: responders send with a null reverse-path; people's programs never do. */
function reversePathSigns(mail: Mail): Sign[] {
  return mail.hasNullReversePath
    ? [{ verdict: "auto-reply", reason: "null reverse-path (MAIL FROM:<>)" }]
    : [];
}

/** A field name as people know it: `x-failed-recipients` to `X-Failed-Recipients`. */
function fieldName(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function shown(value: string): string {
  const plain = value
    .slice(0, 300)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain;
}
