import { person } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { insertDelivery, releaseById, type Release } from "../../store/releases.ts";
import { moveDraft, moveRelease } from "../../store/transition.ts";
import { confirmDelivery, waitForClient } from "./confirm-delivery.ts";
import type { Desk } from "../desk.ts";
import { transact, type Unit } from "../unit.ts";

/** What a person found out about an uncertain reply, or wants done about it. */
export type Resolution = "delivered" | "resend" | "not-delivered";
export const RESOLUTIONS: readonly Resolution[] = ["delivered", "resend", "not-delivered"];

export type Resolved =
  | { readonly done: true; readonly sentence: string }
  /** Nothing was written: the reason, and what the release is now. */
  | { readonly done: false; readonly sentence: string };

/**
 * A person settles an uncertain hand-over (protocol §4): it arrived, it did not, or it shall be sent again with the same
 * bytes and Message-ID. The only way by which bytes that may have arrived are sent again. `null`: there is no such release.
 */
export async function resolveDelivery(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  releaseId: number,
  resolution: Resolution,
  by: Pick<Technician, "id" | "email" | "name">,
): Promise<Resolved | null> {
  return transact(desk, "resolve", async (unit) => {
    const release = await releaseById(unit.db, releaseId);
    if (release === null) return null;
    const to = release.envelopeTo.join(", ");
    const sentence = {
      delivered: `${by.name} found that the reply to ${to} did arrive.`,
      resend: `${by.name} had the reply to ${to} sent again, with the same bytes.`,
      "not-delivered": `${by.name} found that the reply to ${to} did not arrive. It is not sent again, and the ticket stays open.`,
    }[resolution];
    const done =
      resolution === "delivered"
        ? await confirmDelivery(unit, release, {
            actor: person(by.email),
            sentence,
            evidence: { resolution, technicianId: by.id },
            text: `confirmed by ${by.email}`,
          })
        : resolution === "resend"
          ? await sendAgain(unit, release, by, sentence)
          : await deny(unit, release, by, sentence);
    if (done) return { done, sentence };
    return {
      done: false,
      sentence: `Release ${release.id} to ${to} is ${release.status}, not uncertain: there is nothing to resolve.`,
    };
  });
}

async function sendAgain(
  unit: Unit,
  release: Release,
  by: Pick<Technician, "id" | "email">,
  sentence: string,
): Promise<boolean> {
  const actor = person(by.email);
  const again = await moveRelease(
    unit,
    {
      id: release.id,
      verb: "resend",
      also: { finished_at: null, lease_until: null, next_attempt_at: unit.now },
    },
    {
      stream: `ticket:${release.ticketId}`,
      actor,
      kind: "release.resent",
      sentence,
      evidence: { releaseId: release.id, resolution: "resend", technicianId: by.id },
    },
  );
  if (!again) return false;
  await moveDraft(unit, { id: release.draftId, verb: "retry" }, null);
  await waitForClient(unit, release, actor);
  unit.enqueue({ kind: "deliver", payload: { releaseId: release.id }, priority: 5 });
  return true;
}

async function deny(
  unit: Unit,
  release: Release,
  by: Pick<Technician, "id" | "email">,
  sentence: string,
): Promise<boolean> {
  const denied = await moveRelease(
    unit,
    { id: release.id, verb: "deny", also: { finished_at: unit.now } },
    {
      stream: `ticket:${release.ticketId}`,
      actor: person(by.email),
      kind: "release.denied",
      sentence,
      evidence: { releaseId: release.id, resolution: "not-delivered", technicianId: by.id },
    },
  );
  if (!denied) return false;
  await insertDelivery(
    unit.db,
    {
      releaseId: release.id,
      attempt: release.attempts,
      outcome: "rejected",
      text: `not delivered, said ${by.email}`,
      finishedAt: unit.now,
    },
    unit.now,
  );
  await moveDraft(unit, { id: release.draftId, verb: "fail" }, null);
  return true;
}
