import type { DeliveryStatus } from "../../mail/message.ts";
import { desk as deskActor } from "../../desk/event.ts";
import { TemporaryError } from "../../errors.ts";
import { releaseById } from "../../store/releases.ts";
import { moveDraft } from "../../store/transition.ts";
import { confirmDelivery } from "./confirm-delivery.ts";
import { queueDeliveryNotice } from "./delivery-notice.ts";
import type { Desk } from "../desk.ts";
import type { Unit } from "../unit.ts";

/**
 * A delivery report about a release: a failure bounces its draft and reopens the ticket; a delay is only written down. It
 * also settles a doubt: what comes back had left. Throws TemporaryError while the hand-over is not settled yet.
 */
export async function recordBounce(
  desk: Pick<Desk, "directory" | "settings" | "sealing" | "random">,
  unit: Unit,
  about: { readonly releaseId: number; readonly ticketId: number },
  status: DeliveryStatus,
  messageId: number,
): Promise<void> {
  const failed = status.kind === "hard" || status.action === "failed";
  const event = {
    stream: `ticket:${about.ticketId}`,
    actor: deskActor("delivery"),
    kind: failed ? "release.bounced" : "release.delayed",
    sentence: failed
      ? `The reply to ${status.finalRecipient || "the client"} came back (${status.kind}): ${status.reason}.`
      : `The reply to ${status.finalRecipient || "the client"} is delayed: ${status.reason}.`,
    evidence: {
      messageId,
      releaseId: about.releaseId,
      status: status.status,
      kind: status.kind,
      recipient: status.finalRecipient,
    },
  };
  if (!failed) {
    unit.record(event);
    return;
  }
  const release = await releaseById(unit.db, about.releaseId);
  if (release === null) return;
  // A report can be faster than the relay's 250: the draft is not sent yet, so nothing could bounce.
  if (release.status === "claimed" || release.status === "started")
    throw new TemporaryError(
      `release ${release.id} is being handed over: its report is read when that is settled`,
    );
  await confirmDelivery(unit, release, {
    actor: deskActor("delivery"),
    sentence: "A delivery report came about the reply, so it did leave.",
    evidence: { messageId },
    text: "confirmed by a delivery report",
  });
  const bounced = await moveDraft(unit, { id: release.draftId, verb: "bounce" }, event);
  // A second report about the same reply is one line more, not a second notice.
  if (!bounced) {
    unit.record(event);
    return;
  }
  // Left to the sweep: filing has no mail to wait for.
  await queueDeliveryNotice(desk, unit, release, {
    state: "bounced",
    diagnostic: bounceWords(status),
  });
}

/** The reason in plain words first, whether it may pass, and then the server's own words. */
function bounceWords(status: DeliveryStatus): string {
  const lasting =
    status.kind === "hard" ? "it will not help to send it again" : "it may pass, and the mail system gave up";
  const first = `${status.reason} (${[status.status, lasting].filter((part) => part !== "").join("; ")})`;
  return status.diagnostic === "" ? first : `${first}\n${status.diagnostic}`;
}
