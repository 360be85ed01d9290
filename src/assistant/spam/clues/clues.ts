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

/** Everything about a message but its words. Pure, never throws; a hostile part costs no more than its first 256 KB. */
export function cluesOf(
  message: ParsedMessage,
  authentication: Authentication | null,
  view: HtmlView | null = viewOf(message),
): Clues {
  return {
    view,
    envelope: [
      ...headerClues(message),
      ...subjectClues(message.subject, message.headers),
      ...senderClues(message),
      ...recipientClues(message),
      ...authenticationClues(authentication),
      ...authorClues(message, view),
    ],
    body: [
      ...textClues(message.text),
      ...htmlClues(view, message),
      ...linkClues(message.text, view?.links ?? []),
    ],
  };
}

export const viewOf = ({ html }: Pick<ParsedMessage, "html">): HtmlView | null =>
  html === null ? null : viewHtml(html);
