/** RFC 3464 delivery status notifications, and the many notices that do not follow it. */

import {
  isBounceSubject,
  isBounceText,
  isMailDaemon,
  isPostmaster,
  opensAsBounce,
  tellsSuccess,
} from "./bounce-signs.ts";
import { addressIn, enhancedCode, noticeText, readNotice, type Finding } from "./delivery-notice.ts";
import { plainReason } from "./delivery-reason.ts";
import type { DeliveryStatus, HeaderField } from "../message.ts";

export interface DeliveryStatusPart {
  readonly contentType: string;
  /** Decoded; of a message/rfc822 part its header (and body) as text. */
  readonly text: string;
}

export interface DeliveryStatusInput {
  readonly headers: readonly HeaderField[];
  /** The top Content-Type field, parameters included. */
  readonly contentType: string;
  readonly subject: string;
  /** The readable body. */
  readonly text: string;
  /** Every part, nested ones too, in order. */
  readonly parts: readonly DeliveryStatusPart[];
  /** msg-ids of the notice's own References and In-Reply-To. */
  readonly references: readonly string[];
  /** addr-spec of the first From mailbox; "" without one. */
  readonly fromAddress: string;
}

const longestText = 200_000;

/**
 * `null` for anything that is not a bounce: ordinary mail, also when it quotes or forwards one, read receipts,
 * complaints, and notices of a delivery that succeeded (actions delivered, relayed, expanded).
 * Of several recipients the worst is told. `kind` follows the class of the status code (RFC 3463 §3.1): 5 is hard, 4
 * is soft; a mail system that gives up after days of 4 reports action `failed` with a soft code.
 */
export function readDeliveryStatus(input: DeliveryStatusInput): DeliveryStatus | null {
  const type = input.contentType.toLowerCase().replace(/["\s]/g, "");
  if (/report-type=(?!delivery-status)[a-z]/.test(type)) return null;
  if (!isFromMailSystem(input, type)) return null;
  const notice = noticeText(input.text.slice(0, longestText));
  const reports = readReports(input);
  const fields = worstRecipient(reports);
  if (fields !== null && /^(?:delivered|relayed|expanded)$/.test(fields.action)) return null;
  if (fields === null && tellsSuccess(input.subject, input.text)) return null;
  const read = readNotice(notice, input);
  if (fields === null && !isNotice(input, notice, read)) return null;
  const about = fields === null ? read.recipients : reports.flatMap((report) => report.recipients);
  return {
    ...describe(fields, read, notice),
    recipients: [...new Set(about.map((address) => address.toLowerCase()))].slice(0, 100),
    originalMessageIds: originalMessageIds(input),
  };
}

/** A person's mail that quotes a bounce has none of these. */
function isFromMailSystem(input: DeliveryStatusInput, type: string): boolean {
  if (
    /^multipart\/report.*report-type=delivery-status/.test(type) ||
    type.startsWith("message/delivery-status")
  )
    return true;
  if (isMailDaemon(input.fromAddress)) return true;
  const value = (name: string): string | undefined =>
    input.headers.find((field) => field.name === name)?.value;
  if (value("x-failed-recipients") !== undefined || value("x-ms-exchange-message-is-ndr") !== undefined)
    return true;
  const nullPath = value("return-path")?.replace(/\s/g, "") === "<>";
  const generated = /^\s*auto-(?:replied|generated)/i.test(value("auto-submitted") ?? "");
  const machine = nullPath || isPostmaster(input.fromAddress) || type.startsWith("multipart/report");
  const saysText = isBounceText(input.text);
  if (!isBounceSubject(input.subject)) return machine && saysText;
  // A courier's "Delivery failed: your parcel" is generated, too. Some gateways send from a no-reply address with no
  // sign at all: then the text must begin as a notice does.
  return machine || (generated && saysText) || opensAsBounce(input.text);
}

/** Without a report part: the mail system tells of a failure, and not of a quarantine or a password. */
function isNotice(input: DeliveryStatusInput, notice: string, read: Finding): boolean {
  const says = isBounceSubject(input.subject) || isBounceText(notice);
  return (
    says ||
    (isMailDaemon(input.fromAddress) && (read.status !== "" || /\b[45]\d\d[ -]/.test(read.diagnostic)))
  );
}

function describe(
  fields: Finding | null,
  read: Finding,
  notice: string,
): Omit<DeliveryStatus, "recipients" | "originalMessageIds"> {
  const diagnostic = fields?.diagnostic || read.diagnostic;
  const inDiagnostic = enhancedCode(diagnostic);
  // X.0.0 says nothing: the server's own words often hold a better code.
  const given = fields?.status ?? "";
  const status =
    given === "" || (given.endsWith(".0.0") && inDiagnostic.startsWith(given.slice(0, 2)))
      ? inDiagnostic || given || read.status
      : given;
  const action = fields?.action || read.action;
  const basic = /(?:^|\s|;)([45])\d\d[ -]/.exec(diagnostic)?.[1] ?? "";
  const soft =
    status === "" ? action === "delayed" || (basic === "4" && action !== "failed") : !status.startsWith("5");
  const kind = soft || action === "delayed" ? "soft" : "hard";
  const found = plainReason(status, diagnostic, kind);
  // A report may say as little as "5.0.0"; the text for people beside it then says why.
  const bare = found === "delivery failed" || found === "try again later";
  return {
    status,
    action,
    diagnostic,
    kind,
    reason: bare
      ? plainReason(status, `${diagnostic} ${notice.split(/^-- ?$/m)[0]?.slice(0, 3000) ?? ""}`, kind)
      : found,
    finalRecipient: fields?.finalRecipient || read.finalRecipient,
  };
}

/** Of the report parts; some systems, and mail rewritten on its way, have the report's fields in the text alone. */
function readReports(input: DeliveryStatusInput): Finding[] {
  const parts = input.parts.filter((part) =>
    /^message\/(?:global-)?delivery-status/i.test(part.contentType.trim()),
  );
  const findings = parts.flatMap((part) => readReport(part.text));
  return findings.length > 0
    ? findings
    : readReport(input.text).filter((finding) => finding.finalRecipient !== "");
}

/** RFC 3464 §2.1: groups of fields; the first is about the message, each further one about a recipient. */
function readReport(text: string): Finding[] {
  const findings: Finding[] = [];
  let group = new Map<string, string>();
  let last = "";
  const close = (): void => {
    const recipient = group.get("final-recipient") ?? group.get("original-recipient") ?? "";
    if (recipient !== "" || group.has("status") || group.has("action")) {
      findings.push({
        status: /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(group.get("status") ?? "")?.[0] ?? "",
        action: knownAction(group.get("action") ?? ""),
        diagnostic: typedValue(group.get("diagnostic-code") ?? ""),
        finalRecipient: addressIn(typedValue(recipient)),
        recipients: ["final-recipient", "original-recipient"]
          .map((name) => addressIn(typedValue(group.get(name) ?? "")))
          .filter((address) => address !== ""),
      });
    }
    group = new Map();
    last = "";
  };
  for (const line of text.slice(0, longestText).split(/\r\n|\n|\r/)) {
    const field = /^([a-z][a-z0-9-]{0,60})\s{0,5}:(.*)$/i.exec(line);
    if (line.trim() === "") close();
    else if (/^\s/.test(line) && last !== "") {
      const held = group.get(last) ?? "";
      if (held.length < 4000) group.set(last, `${held} ${line.trim()}`.slice(0, 4000));
    } else if (field !== null) {
      last = (field[1] ?? "").toLowerCase();
      // Some systems put the recipients into one group: a second Final-Recipient opens the next.
      if (last === "final-recipient" && group.has(last)) {
        close();
        last = "final-recipient";
      }
      if (!group.has(last)) group.set(last, (field[2] ?? "").trim().slice(0, 4000));
    }
  }
  close();
  return findings;
}

/** RFC 3464 §2.3.3; some systems write "failure" or "Failed (user unknown)". */
function knownAction(value: string): string {
  const word = /^[a-z]+/.exec(value.trim().toLowerCase())?.[0] ?? "";
  if (word.startsWith("fail")) return "failed";
  return severity.includes(word) ? word : "";
}

const severity: readonly string[] = ["failed", "", "delayed", "expanded", "relayed", "delivered"];

function worstRecipient(findings: readonly Finding[]): Finding | null {
  return findings.toSorted((a, b) => severity.indexOf(a.action) - severity.indexOf(b.action))[0] ?? null;
}

/** `smtp; 550 …`, `rfc822; ana@…`: the type is left out. */
function typedValue(value: string): string {
  return value
    .replace(/^[\s]*[a-z0-9-]{1,30}\s{0,5};\s*/i, "")
    .replace(/\s+/g, " ")
    .trim();
}

const longestIds = 20;

/** Message-ID of the returned header or message; else what the notice refers to. */
function originalMessageIds(input: DeliveryStatusInput): readonly string[] {
  const returned = input.parts
    .filter((part) =>
      /^(?:text\/rfc822-headers|message\/(?:global|rfc822|global-headers|partial))/i.test(
        part.contentType.trim(),
      ),
    )
    .flatMap((part) => messageIdsIn(part.text, false));
  const reported = input.parts
    .filter((part) => /delivery-status/i.test(part.contentType))
    .flatMap((part) => messageIdsIn(part.text, true));
  const inText = returned.length > 0 ? [] : messageIdsIn(input.text, true);
  const found = [...new Set([...returned, ...reported, ...inText])];
  return (found.length > 0 ? found : [...new Set(input.references)]).slice(0, longestIds);
}

/**
 * @param whole look for the field everywhere, as in a notice's text; else only in the first header of the text, so
 * that a message which itself returns another names only itself
 */
function messageIdsIn(text: string, whole: boolean): string[] {
  const ids: string[] = [];
  const lines = text.slice(0, longestText).split(/\r\n|\n|\r/);
  for (const [at, line] of lines.entries()) {
    if (!whole && line.trim() === "" && ids.length > 0) break;
    const field = /^[\s>*|]{0,20}(?:x-)?(?:original-)?message-id[\s*]{0,5}:(.{0,1000})$/i.exec(line);
    if (field === null) continue;
    const value = /\S/.test(field[1] ?? "") ? (field[1] ?? "") : (lines[at + 1] ?? "");
    const id = /<[^<>\s]{1,990}>/.exec(value)?.[0];
    if (id !== undefined) ids.push(id);
    if (ids.length >= longestIds || !whole) break;
  }
  return ids;
}
