import type { Actor } from "../../desk/event.ts";
import { messageById } from "../../store/messages.ts";
import { moveMessage } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

type RetryOutcome = "retried" | "no-such-message" | "not-quarantined" | "no-bytes";

/** What each outcome means to whoever asked, as a sentence. */
export const RETRY_SENTENCES: Readonly<Record<RetryOutcome, string>> = {
  retried: "It is read once more, as if it had just come.",
  "no-such-message": "The desk has taken in no such message.",
  "not-quarantined": "This message is not in quarantine: it has been filed, or is being read.",
  "no-bytes":
    "The desk never held the bytes of this message. It lies in its mailbox: move it out of the folder and back in, and it is taken in anew.",
};

/** A person lets a message out of quarantine: it goes its way again from the start, and may end there once more. */
export async function retryQuarantined(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  messageId: number,
  by: Actor,
): Promise<RetryOutcome> {
  return transact(desk, "retry-quarantined", async (unit): Promise<RetryOutcome> => {
    const stored = await messageById(unit.db, messageId);
    if (stored === null || stored.direction !== "in") return "no-such-message";
    if (stored.status !== "quarantined") return "not-quarantined";
    if (stored.rawSha256 === null) return "no-bytes";
    const moved = await moveMessage(
      unit,
      messageId,
      "retry",
      { disposition: null, disposition_code: null, disposition_reason: null, receipt_key: null },
      {
        stream: `message:${messageId}`,
        actor: by,
        kind: "message.retried",
        sentence: `Message ${messageId} was taken out of quarantine, to be read once more.`,
        evidence: { messageId, code: stored.dispositionCode },
      },
    );
    if (!moved) return "not-quarantined";
    unit.enqueue({ kind: "handle-message", payload: { messageId } });
    return "retried";
  });
}
