/** What one message may cost. A message over the first three is refused with a PermanentError; of addresses and text the rest is left out. */
export interface ParseLimits {
  /** Multiparts inside multiparts. */
  readonly mimeDepth: number;
  /** MIME parts, the message itself included. */
  readonly parts: number;
  /** Bytes of the header block of the message, and of each part. */
  readonly headerBytes: number;
  /** Mailboxes kept of the fields of one name; an address list is a few at work, and thousands cost each step after this one. */
  readonly mailboxes: number;
  /** Decoded bytes kept of the plain text, and as many of the HTML. */
  readonly textBytes: number;
  /** Decoded bytes kept of each part that a delivery status is read from. */
  readonly excerptBytes: number;
  /** Decoded bytes of an opaque S/MIME signature that is looked into; a larger one stays an attachment. */
  readonly signedBytes: number;
}

export const defaultParseLimits: ParseLimits = {
  mimeDepth: 50,
  parts: 1_000,
  headerBytes: 256 * 1024,
  mailboxes: 500,
  textBytes: 1024 * 1024,
  excerptBytes: 64 * 1024,
  signedBytes: 4 * 1024 * 1024,
};
