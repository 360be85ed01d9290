import { domainOf } from "../../mail/address.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { Attachment, ParsedMessage } from "../../mail/message.ts";
import type { Example } from "../learning/example.ts";
import { withAlert } from "./alert-evidence.ts";
import { alertOf } from "./alert.ts";
import { EvidenceReader } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import { detectLanguage } from "./language.ts";
import type { RuleTable } from "./rules.ts";

/** What of a mail an example is made from: all of it is in the stored row of a message, so that it can be made again. */
type ExampleMail = Pick<ParsedMessage, "subject" | "newText" | "from"> & {
  readonly attachments: readonly Pick<Attachment, "filename" | "contentType">[];
};

/** Whose mail it is, as far as the desk knows; `client` is `null` for a stranger and for imported history. */
interface ExampleSender {
  readonly client: { readonly id: number } | null;
}

/** Longest body, in characters: what a request is about stands at its head, and a log below it is noise. */
const LEARNED_FROM = 4000;

/**
 * What the models look at in a mail. The same mail of the same sender under the same table gives the same example,
 * when it is triaged and when a decision about it is learned.
 */
export function exampleOf(mail: ExampleMail, sender: ExampleSender, evidence: Evidence): Example {
  const { letter, subject } = evidence;
  return {
    subject: subject.slice(0, 300),
    body: letter.body.slice(0, LEARNED_FROM),
    facts: [
      ...senderFacts(mail, sender),
      `length:${lengthBucket(letter.body.length)}`,
      `language:${detectLanguage(evidence.words).value}`,
      ...attachmentFacts(mail.attachments),
      ...alertFacts(mail),
      ...ruleFacts(evidence),
      ...[...evidence.signals.keys()].map((signal) => `signal:${signal}`),
      ...(letter.body.includes("?") ? ["asks"] : []),
    ],
  };
}

/** `exampleOf` for callers that have no evidence at hand, such as learning from a stored message. */
export function exampleReader(rules: RuleTable): (mail: ExampleMail, sender: ExampleSender) => Example {
  const reader = new EvidenceReader(rules);
  return (mail, sender) => {
    const message = { newText: mail.newText, attachments: [] };
    const evidence = reader.read(message, canonicalSubject(mail.subject), []);
    return exampleOf(mail, sender, withAlert(evidence, alertOf(mail), rules));
  };
}

/** A stranger's domain says nothing that holds tomorrow, and must not be learned from spam. */
function senderFacts(mail: ExampleMail, sender: ExampleSender): readonly string[] {
  const address = mail.from[0]?.address.toLowerCase() ?? "";
  if (sender.client === null) return ["client:none"];
  return [`client:${sender.client.id}`, `domain:${domainOf(address)}`, `sender:${address}`];
}

const lengthBucket = (length: number): string =>
  length === 0 ? "empty" : length < 80 ? "line" : length < 400 ? "short" : length < 1500 ? "usual" : "long";

function attachmentFacts(attachments: ExampleMail["attachments"]): readonly string[] {
  const kinds = attachments.slice(0, 20).map((one) => {
    const type = one.contentType.toLowerCase();
    if (type.startsWith("image/")) return "image";
    if (type === "message/rfc822" || /\.(?:eml|msg)$/i.test(one.filename)) return "mail";
    return /\.([a-z0-9]{1,5})$/i.exec(one.filename)?.[1]?.toLowerCase() ?? "other";
  });
  return [...new Set(kinds)].map((kind) => `attachment:${kind}`);
}

function alertFacts(mail: ExampleMail): readonly string[] {
  const alert = alertOf(mail);
  return alert === null ? [] : [`alert:${alert.system}`, `alert-state:${alert.state}`];
}

/** Points from which a rule's word is strong: a product's name in the subject, or two in the text. */
const STRONG = 8;
const CLEAR = 4;

/** The table's word, so that a model can learn where to trust it: the two best rules with how much spoke for each. */
function ruleFacts(evidence: Evidence): readonly string[] {
  return evidence.rules
    .filter((one) => one.score > 0)
    .slice(0, 2)
    .map(({ rule, score }, place) => {
      const strength = score >= STRONG ? "strong" : score >= CLEAR ? "clear" : "weak";
      return `rule${place === 0 ? "" : "-next"}:${rule.category}:${strength}`;
    });
}
