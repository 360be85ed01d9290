/**
 * Terminology of this layer, after RFC 5322 and RFC 5321.
 *
 * - addr-spec: `local@domain`, here with the domain in lower case and the local part as written.
 * - mailbox: a display name and an addr-spec.
 * - msg-id: with its angle brackets, `<left@right>`, wherever the desk keeps or compares one.
 * - reverse-path: the envelope's MAIL FROM; `""` is the null reverse-path, `null` means "not held" (mail from IMAP).
 */

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** RFC 5321 §2.3.1. `null` where the mail was read from a mailbox and its envelope is not known. */
export interface Envelope {
  readonly reversePath: string;
  readonly forwardPaths: readonly string[];
  /** IP address of the SMTP client, and the name it gave in EHLO. */
  readonly remoteAddress: string;
  readonly heloName: string;
}

export interface Attachment {
  /** As the sender wrote it, decoded; never a path: separators and controls are replaced. */
  readonly filename: string;
  readonly contentType: string;
  /** Decoded bytes. */
  readonly size: number;
  /** Content-Disposition inline, or referred to by a `cid:` of the HTML part. */
  readonly inline: boolean;
  /** Hex SHA-256 of the decoded bytes. */
  readonly sha256: string;
}

export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  /** Unfolded, undecoded, trimmed. */
  readonly value: string;
}

/** RFC 3834: was this mail written by a program, and by which signs. */
export interface Automatic {
  readonly verdict: "no" | "auto-reply" | "bounce" | "list" | "report";
  /** Words an operator understands, strongest first: `Auto-Submitted: auto-replied`. Empty when the verdict is `no`. */
  readonly reasons: readonly string[];
}

/** RFC 3464, or what the desk could read from a bounce that does not follow it. */
export interface DeliveryStatus {
  /** Enhanced status code of RFC 3463, `5.1.1`; "" if none was found. */
  readonly status: string;
  /** RFC 3464 §2.3.3: failed, delayed, delivered, relayed, expanded; "" if unknown. */
  readonly action: string;
  readonly diagnostic: string;
  readonly kind: "hard" | "soft";
  /** One plain sentence or a few words: "no such mailbox". */
  readonly reason: string;
  readonly finalRecipient: string;
  /** Every address that it is about, lower case: final and original recipients of all its groups. Empty if none was found. */
  readonly recipients: readonly string[];
  /** msg-ids of the returned message, from its headers or from the notice's References. */
  readonly originalMessageIds: readonly string[];
}

/** What the desk understands of one message; everything here comes from the bytes alone. */
export interface ParsedMessage {
  /** `null` when the header is missing or is not a msg-id. */
  readonly messageId: string | null;
  /** Hex SHA-256 of the message without trace header fields: the same mail by another road has the same one. */
  readonly contentSha256: string;
  readonly inReplyTo: readonly string[];
  /** Oldest first. */
  readonly references: readonly string[];
  /** Every mailbox of every From field. One is right; none or several is a defect. */
  readonly from: readonly Mailbox[];
  readonly sender: Mailbox | null;
  /** Who sent it again in the author's name: Resent-From and Resent-Sender (RFC 5322 §3.6.6). */
  readonly resentBy: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  /** Decoded, on one line, without control characters. */
  readonly subject: string;
  readonly date: Date | null;
  /** The whole readable body: the text part, or the HTML part as text. */
  readonly text: string;
  /** The HTML part as sent, for reading edits out of it; `null` without one. Never shown unsanitised. */
  readonly html: string | null;
  readonly newText: string;
  readonly quotedText: string;
  readonly attachments: readonly Attachment[];
  readonly automatic: Automatic;
  readonly deliveryStatus: DeliveryStatus | null;
  /** In order of appearance. */
  readonly headers: readonly HeaderField[];
  /** Structural faults that matter to the gate, each a code: `from-missing`, `from-multiple`, `nul-byte`, `bare-cr`, `message-id-missing`, `message-id-multiple`, … */
  readonly defects: readonly string[];
}

/** First value of a header field by lower-case name. */
export function headerOf(message: Pick<ParsedMessage, "headers">, name: string): string | undefined {
  return message.headers.find((field) => field.name === name)?.value;
}
