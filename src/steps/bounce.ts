import type { DeliveryStatus } from "../mail/message.ts";
import { desk as deskActor } from "../desk/event.ts";
import { releaseById } from "../store/releases.ts";
import { moveDraft } from "../store/transition.ts";
import { queueDeliveryNotice } from "./delivery-notice.ts";
import type { Desk } from "./desk.ts";
import type { Unit } from "./unit.ts";

/** A delivery report about a release: a failure bounces its draft and reopens the ticket; a delay is only written down. */
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
      ? `The reply to ${status.finalRecipient || "the client"} came back: ${status.reason}.`
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
  const bounced = await moveDraft(unit, { id: release.draftId, verb: "bounce" }, event);
  // A second report about the same reply is one line more, not a second notice.
  if (!bounced) {
    unit.record(event);
    return;
  }
  // Left to the sweep: filing has no mail to wait for.
  await queueDeliveryNotice(desk, unit, release, "bounced", status.diagnostic || status.reason);
}
