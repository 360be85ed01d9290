/** What no text that a client gets may hold: pieces of the digest, its markers and tokens, internal notes, other mail. */
import { readAttribution } from "../../mail/reply/attribution.ts";
import { readHeaderBlock, readSeparator } from "../../mail/reply/quote-headers.ts";
import { parseCommandLine } from "./command-grammar.ts";
import { STRUCK_OUT } from "./reply-html.ts";
import type { Vocabulary } from "./vocabulary.ts";

interface Sign {
  readonly reason: string;
  readonly pattern: RegExp;
}

const signs: readonly Sign[] = [
  {
    reason: "it holds a marker line, or a part of one",
    pattern: /\[\[|\]\]|edit between these two\s+lines|\bend of draft \d/i,
  },
  { reason: "it holds a review token", pattern: /(?:\b|%2b)a1\.[a-z2-7]{8,}/i },
  {
    reason: "it holds an internal note",
    pattern: /^[^\p{L}\p{N}\n]{0,4}internal(?: note)?[^\p{L}\p{N}\n]{0,3}[:\]]|\binternal note\b/imu,
  },
  {
    reason: "it holds words of the review mail",
    pattern:
      /^\W{0,4}(?:Reply with|Proposed|Looks like|Goes to|What we know|Sends to|Approve also):|^\W{0,4}\d{1,3} · #\d+|^\W{0,4}▲|has no source\. Keep it only|(?:\b(?:draft|decision)s? waits?|\bNothing waits) for your word\b|^\W{0,4}Still waiting for your word:|^\W{0,4}Exactly this leaves:|^Until then, reply “stop”|reply "?approve\b/im,
  },
  // A quote deeper than the reply's own, or a line that the mail program glued to a marker.
  { reason: "it holds a quoted line", pattern: /^>/m },
  // UTF-8 read as Windows-1252, or characters given up: `donâ€™t`, `GrÃ¼ÃŸe`.
  {
    reason: "its characters were damaged on the way",
    pattern: /\uFFFD|â€|[ÃÂ][\u0080-\u00bf\u0152-\u0178\u2013-\u203a]/,
  },
  { reason: "it holds an embedded picture", pattern: /\[cid:|\[image:|\[inline image|\uFFFC/i },
  { reason: "words in it are struck out", pattern: new RegExp(STRUCK_OUT) },
  { reason: "it holds control characters", pattern: /(?![\t\n\r])\p{Cc}/u },
];

/** A clause that completes "not sent: ", or `null`. What the draft itself holds is not held against the text. */
export function unsafeReason(text: string, draft: string): string | null {
  for (const { reason, pattern } of signs) if (pattern.test(text) && !pattern.test(draft)) return reason;
  if (holdsMailHeader(text) && !holdsMailHeader(draft)) return "it holds a quoted mail";
  return null;
}

/** A line that reads as a command, typed between the markers by mistake. */
export function commandAmong(lines: readonly string[], vocabulary: Vocabulary): string | null {
  return lines.find((line) => line.length < 200 && parseCommandLine(line, vocabulary) !== null) ?? null;
}

function holdsMailHeader(text: string): boolean {
  const lines = text.split("\n");
  return lines.some(
    (line, at) =>
      readSeparator(line) !== null ||
      readHeaderBlock(lines, at, false) !== null ||
      readAttribution(lines, at, () => false) > 0,
  );
}
