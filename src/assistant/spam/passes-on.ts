import type { ParsedMessage } from "../../mail/message.ts";
import { readForward } from "../../mail/reply/forward.ts";
import { isForwardSubject } from "../../mail/subject.ts";

type Looked = Pick<ParsedMessage, "subject" | "text" | "attachments">;

/**
 * Whether a mail passes on another one: as an attachment, in its text, or by its subject alone. Who passes something on is
 * not who wrote it: a client's forward of spam is a report of it.
 */
export function passesOn(message: Looked): boolean {
  return isForwardSubject(message.subject) || holdsForward(message);
}

/** Whether the mail that is passed on is there to be seen; a stranger's `FW:` alone proves nothing. */
export function holdsForward(message: Looked): boolean {
  return (
    message.attachments.some(
      ({ contentType, filename }) =>
        contentType.toLowerCase() === "message/rfc822" || /\.(?:eml|msg)$/i.test(filename),
    ) || readForward(message.text.slice(0, 20_000)) !== null
  );
}
