import type { Authentication } from "../../../mail/authentication.ts";
import type { ParsedMessage } from "../../../mail/message.ts";
import { viewHtml, type HtmlView } from "../html-view.ts";
import { authorClues } from "./author-clues.ts";
import { htmlClues, textClues } from "./body-clues.ts";
import type { Clue } from "./clue.ts";
import { headerClues, subjectClues } from "./header-clues.ts";
import { linkClues } from "./link-clues.ts";
import { authenticationClues, recipientClues, senderClues } from "./sender-clues.ts";

/** A message as the spam filter sees it. */
export interface Clues {
  /** How it was written and sent: the header. */
  readonly envelope: readonly Clue[];
  /** How its body is built: HTML, links, habits of writing. */
  readonly body: readonly Clue[];
  /** The HTML part as a reader sees it; `null` without one. */
  readonly view: HtmlView | null;
}

/** What is looked at of one field of the header, in characters: a pattern that is slow on a long one stays harmless. */
const LONGEST_FIELD = 2000;

/** Everything about a message but its words. Pure, never throws; a hostile part costs no more than its first 256 KB. */
export function cluesOf(
  message: ParsedMessage,
  authentication: Authentication | null,
  view: HtmlView | null = viewOf(message),
): Clues {
  const seen = withShortFields(message);
  return {
    view,
    envelope: [
      ...headerClues(seen),
      ...subjectClues(seen.subject, seen.headers),
      ...senderClues(seen),
      ...recipientClues(seen),
      ...authenticationClues(authentication),
      ...authorClues(seen, view),
    ],
    body: [
      ...textClues(message.text),
      ...htmlClues(view, message),
      ...linkClues(message.text, view?.links ?? []),
    ],
  };
}

function withShortFields(message: ParsedMessage): ParsedMessage {
  if (!message.headers.some(({ value }) => value.length > LONGEST_FIELD)) return message;
  return {
    ...message,
    headers: message.headers.map((field) => ({ ...field, value: field.value.slice(0, LONGEST_FIELD) })),
  };
}

export const viewOf = ({ html }: Pick<ParsedMessage, "html">): HtmlView | null =>
  html === null ? null : viewHtml(html);
