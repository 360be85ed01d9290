import { headerOf, type HeaderField, type ParsedMessage } from "../../../mail/message.ts";
import { domainOf } from "../../../mail/address.ts";
import { shapeOf, stepsOf, those, type Clue } from "./clue.ts";
import { dateClues } from "./date-clues.ts";
import { firstHopClues } from "./hop-clues.ts";

/** Fields that tell how a mail was written; those of lists, filters and the road it took say who collected it. */
const TELLING = new Set(
  (
    "in-reply-to references mime-version content-type content-transfer-encoding x-mailer user-agent x-priority " +
    "x-msmail-priority importance x-mimeole organization x-accept-language x-originalarrivaltime thread-index " +
    "thread-topic content-class reply-to cc sender content-language dkim-signature autocrypt openpgp " +
    "x-ms-exchange-organization-authas x-php-originating-script x-php-script x-authentication-warning"
  ).split(" "),
);

/** What the header says of the program that wrote the mail. */
export function headerClues(
  message: Pick<ParsedMessage, "headers" | "from" | "subject" | "date">,
): readonly Clue[] {
  const { headers } = message;
  const names = new Set(headers.map(({ name }) => name));
  const value = (name: string): string => headerOf(message, name) ?? "";
  const mailer = value("x-mailer") || value("user-agent");
  return [
    ...[...names].filter((name) => TELLING.has(name)).map((name) => `field:${name}`),
    ...["message-id", "date", "to", "subject"]
      .filter((name) => value(name) === "")
      .map((name) => `no:${name}`),
    mailer === "" ? "mailer:none" : `mailer:${programName(mailer)}`,
    ...priorityClues(value),
    ...messageIdClues(value("message-id"), message, mailer),
    ...dateClues(message),
    ...contentClues(value),
    ...those({
      "header:raw-8-bit": headers.some((field) => /[\u0080-\uffff]/.test(field.value)),
      "header:doubled": ["from", "to", "subject", "date", "message-id"].some(
        (name) => headers.filter((field) => field.name === name).length > 1,
      ),
    }),
    ...firstHopClues(headers),
  ];
}

/** `Microsoft Outlook Express 6.00.2600` → `microsoft outlook express`: the name, since versions go by. */
function programName(value: string): string {
  const words =
    value
      .slice(0, 80)
      .toLowerCase()
      .match(/[a-z]{2,}/g) ?? [];
  // A mailer of digits or mixed rubbish is a bulk program that wants to look like nothing.
  return words.length === 0 ? "nameless" : words.slice(0, 3).join(" ");
}

function priorityClues(value: (name: string) => string): readonly Clue[] {
  return ["x-priority", "x-msmail-priority", "importance"]
    .filter((name) => value(name) !== "")
    .map((name) => `${name}:${value(name).slice(0, 12).toLowerCase().trim()}`);
}

function messageIdClues(id: string, message: Pick<ParsedMessage, "from">, mailer: string): readonly Clue[] {
  if (id === "") return [];
  const at = id.lastIndexOf("@");
  const left = at === -1 ? id : id.slice(0, at).replace(/^</, "");
  const right =
    at === -1
      ? ""
      : id
          .slice(at + 1)
          .replace(/>.*$/s, "")
          .toLowerCase();
  const author = domainOf(message.from[0]?.address ?? "");
  return [
    `id-shape:${shapeOf(left)}`,
    ...those({
      "id:no-at": at === -1,
      "id:no-dot": at !== -1 && !right.includes("."),
      "id:author-domain": author !== "" && (right === author || right.endsWith(`.${author}`)),
      "id:number-host": /^\[?\d+\.\d+\.\d+\.\d+\]?$/.test(right),
      "id:blank": /\s/.test(id),
      // Outlook writes `<000a01c1$…@host>`; a mail that says it is Outlook and does not was written by something else.
      "id:not-outlook": /outlook/i.test(mailer) && !/\$[0-9a-f]+\$/i.test(left),
    }),
  ];
}

function contentClues(value: (name: string) => string): readonly Clue[] {
  const type = value("content-type");
  if (type === "") return ["content:undeclared"];
  const lower = type.toLowerCase();
  const main = /^[a-z]+\/[a-z0-9.+-]+/.exec(lower.trim())?.[0].slice(0, 40) ?? "malformed";
  const charset = /charset\s*=\s*"?([^";\s]{1,30})/.exec(lower)?.[1] ?? "none";
  const boundary = /boundary\s*=\s*"?([^";\s]{1,80})/i.exec(type)?.[1];
  const encoding = value("content-transfer-encoding").toLowerCase().trim().slice(0, 20);
  return [
    `content:${main}`,
    `charset:${charset}`,
    ...(encoding === "" ? [] : [`encoding:${encoding}`]),
    ...(boundary === undefined ? [] : [`boundary:${shapeOf(boundary)}`]),
    ...(value("mime-version") === "" ? ["content:no-mime-version"] : []),
  ];
}

export function subjectClues(subject: string, headers: readonly HeaderField[]): readonly Clue[] {
  const raw = headerOf({ headers }, "subject") ?? "";
  const letters = subject.match(/\p{L}/gu)?.length ?? 0;
  const capitals = subject.match(/\p{Lu}/gu)?.length ?? 0;
  const encoded = /=\?([a-z0-9-]{1,30})\?([bq])\?/i.exec(raw);
  const answers = headers.some(({ name }) => name === "in-reply-to" || name === "references");
  return [
    ...stepsOf("subject:exclamations", subject.match(/!/g)?.length ?? 0, 4),
    ...stepsOf("subject:length", subject.length / 10, 8),
    ...(encoded === null
      ? []
      : [`subject:encoded-${encoded[1]!.toLowerCase()}-${encoded[2]!.toLowerCase()}`]),
    ...those({
      "subject:empty": subject.trim() === "",
      "subject:capitals": letters >= 6 && capitals === letters,
      "subject:many-capitals": letters >= 6 && capitals / letters > 0.5,
      "subject:no-capital": letters >= 4 && capitals === 0,
      "subject:question": subject.trimEnd().endsWith("?"),
      "subject:money": /[$€£]\s?\d|\d\s?[$€£]/.test(subject),
      "subject:percent": /\d\s?%/.test(subject),
      "subject:reply": /^\s*(?:re|aw|antw|sv|rv)\s*(?:\[\d+\])?:/i.test(subject),
      "subject:reply-to-nothing": /^\s*(?:re|aw|antw|sv|rv)\s*:/i.test(subject) && !answers,
      "subject:forward": /^\s*(?:fwd?|wg|tr|rv)\s*:/i.test(subject),
      "subject:list": /^\s*(?:re:\s*)?\[[\w .-]{2,30}\]/i.test(subject),
      "subject:gap": /\S {4,}\S/.test(raw),
      "subject:code-at-end":
        /(?<!\s)\s{3,}\S{2,20}$|[[(#]\s?[a-z0-9]{4,12}[\])]?$/.test(raw) && /\d|\s{3}/.test(raw),
      "subject:raw-8-bit": /[\u0080-\uffff]/.test(raw),
      "subject:spaced-out": /(?:\b\p{L}[\s.*_-]){4,}/u.test(subject.slice(0, 300)),
      "subject:advertisement": /^\s*adv\b/i.test(subject),
    }),
  ];
}
