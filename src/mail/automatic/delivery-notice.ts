/** Notices of non-delivery that are written for people: no report part, or none that tells enough. */

import { isMailDaemon, isPostmaster } from "./bounce-signs.ts";
import type { HeaderField } from "../message.ts";

/** What is read of a notice before it is put into plain words. */
export interface Finding {
  readonly status: string;
  readonly action: string;
  readonly diagnostic: string;
  readonly finalRecipient: string;
  /** Every address it is about, as written; see DeliveryStatus.recipients. */
  readonly recipients: readonly string[];
}

/** What of the notice is used beside its text. */
interface NoticeSource {
  readonly headers: readonly HeaderField[];
  readonly subject: string;
  readonly fromAddress: string;
}

const addrSpec = /[^\s<>()[\]",;:]{1,64}@[^\s<>()[\]",;:]{1,255}/;

export function addressIn(text: string): string {
  const found = addrSpec.exec(text)?.[0].replace(/^['*]+|[.'*]+$/g, "") ?? "";
  const at = found.lastIndexOf("@");
  // Of `'@x` or `x@*` nothing is left once what stood around it is gone.
  return at < 1 || at === found.length - 1 ? "" : found.slice(0, at) + found.slice(at).toLowerCase();
}

/** The enhanced status code (RFC 3463) in a server's answer; an IP address is none. */
export function enhancedCode(text: string): string {
  return /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\.?\d)/.exec(text)?.[1] ?? "";
}

/** Lines below which a notice repeats the message that it is about: qmail, Exim, Gmail, Postfix, Exchange, Notes. */
const returnedMarks =
  /^(?:[-=_*\s]{0,40})(?:below this line is a copy|this is a copy of|original message|(?:the )?(?:headers? of the )?original message|original message headers?|ursprüngliche nachricht|ursprüngliche nachrichtenkopfzeilen|en-têtes de message d'origine|en-têtes d'origine|encabezados de mensajes? original|message headers? follow|returned (?:message|text|headers?)|unsent message (?:below|follows)|undelivered message|your message (?:headers?|reads)|start of returned message|(?:the )?message (?:text )?follows|received:\s)/i;

function isReturnedMark(line: string): boolean {
  return line.length < 200 && returnedMarks.test(line) && !/received: ?$/i.test(line);
}

/** The notice itself, without the copy of the message that it is about. */
export function noticeText(text: string): string {
  const lines = text.split(/\r\n|\n|\r/);
  const end = lines.findIndex(
    (line, at) => at > 0 && isReturnedMark(line.trim()) && !/was received at/i.test(line),
  );
  return (end < 0 ? lines : lines.slice(0, end)).join("\n");
}

/** Reads a notice written for people. */
export function readNotice(notice: string, input: NoticeSource): Finding {
  const lines = notice.split("\n");
  const delayed =
    /^(?:warning|delayed|delivery delayed|delivery status notification \(delay|verzögert|remise différée|retrasado)/i;
  const waits =
    delayed.test(input.subject.trim()) ||
    /will (?:be retried|keep trying|continue|try again|retry)|still (?:trying|being retried)|has not yet been delivered|delivery (?:incomplete|is delayed|has been delayed)|this is a warning (?:message )?only|wird (?:weiterhin|erneut) versucht|no action is required|temporary problem/i.test(
      notice.slice(0, 5000),
    );
  const gaveUp =
    /permanent|giving up|gave up|given up|returned to (?:you|sender)|will be deleted from queue|could not be delivered for/i.test(
      notice.slice(0, 5000),
    );
  const diagnostic = diagnosticIn(lines);
  const status = enhancedCode(diagnostic) || enhancedCode(notice.slice(0, 20_000));
  return {
    status,
    action: waits && !(gaveUp && !delayed.test(input.subject.trim())) ? "delayed" : "failed",
    diagnostic,
    finalRecipient: recipientIn(lines, input),
    recipients: addressesIn(lines, input),
  };
}

const smtpAnswer = /(?:^|[\s'"“‚„:;#<(>])([45]\d\d)(?:[ -]|: )(?:#?[45]\.\d|\S)/;
const longestDiagnosticLines = 6;

/** The server's answer: the line with its code and the lines that go on with it; else the line that says why. */
function diagnosticIn(lines: readonly string[]): string {
  const start = lines.findIndex(
    (line) => line.length < 2000 && smtpAnswer.test(line) && !line.startsWith(">>>"),
  );
  if (start >= 0) {
    const first = lines[start] ?? "";
    const from = smtpAnswer.exec(first);
    const kept = [from === null ? first : first.slice(first.indexOf(from[1] ?? ""))];
    for (let at = start + 1; at < lines.length && kept.length < longestDiagnosticLines; at++) {
      const line = lines[at] ?? "";
      const goesOn = /^\s+\S/.test(line) || /^[45]\d\d[ -]/.test(line) || /['’]$/.test(line.trim());
      if (line.trim() === "" || !goesOn || line.length > 2000) break;
      kept.push(line.trim());
    }
    return kept
      .join(" ")
      .replace(/\s+/g, " ")
      .replace(/\s*\(in reply to [^)]{0,60}\)?$/i, "")
      .replace(/['’"”]+$/, "")
      .trim();
  }
  const why = lines.find(
    (line) =>
      line.length < 500 &&
      /user unknown|unknown user|doesn't have|not recogni[sz]ed|unable to find|mailbox|quota|not (?:be )?found|no such|does(?: not|n't) exist|unrouteable|dns error|timed? ?out|rejected|not listed|refused|nicht gefunden|introuvable|konnte nicht/i.test(
        line,
      ) &&
      !/^(?:subject|to|from):/i.test(line),
  );
  return (why ?? "").replace(/\s+/g, " ").trim();
}

/** The failed address: X-Failed-Recipients, else the first that the notice speaks of. */
function recipientIn(lines: readonly string[], input: NoticeSource): string {
  const named = addressIn(valueOf(input, "x-failed-recipients"));
  return named === "" ? (spokenOf(lines, input).next().value ?? "") : named;
}

const MOST_ADDRESSES = 100;

/** All of them: a notice for people may list several, or name the forwarded address beside the one that was written to. */
function addressesIn(lines: readonly string[], input: NoticeSource): readonly string[] {
  const named = valueOf(input, "x-failed-recipients").split(",").slice(0, MOST_ADDRESSES).map(addressIn);
  const found = new Set(named.filter((address) => address !== ""));
  for (const address of spokenOf(lines, input)) {
    if (found.size >= MOST_ADDRESSES) break;
    found.add(address);
  }
  return [...found];
}

/** The first address of each line that is neither the mail system's nor the sender's own. */
function* spokenOf(lines: readonly string[], input: NoticeSource): Generator<string, undefined> {
  const own = new Set([input.fromAddress.toLowerCase(), addressIn(valueOf(input, "to")).toLowerCase()]);
  for (const line of lines.slice(0, 400)) {
    if (line.length > 2000 || /^\s*(?:from\b|(?:to|sender|reply-to|message-id|return-path)\s?:)/i.test(line))
      continue;
    const found = addressIn(line);
    if (found !== "" && !own.has(found.toLowerCase()) && !isMailDaemon(found) && !isPostmaster(found))
      yield found;
  }
}

function valueOf(input: NoticeSource, name: string): string {
  return input.headers.find((field) => field.name === name)?.value ?? "";
}
