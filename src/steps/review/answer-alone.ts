import type { Actor } from "../../desk/event.ts";
import { draftById, insertDraft, repliedAloneSince } from "../../store/drafts.ts";
import type { Desk, Directory } from "../desk.ts";
import { nextDigestAt } from "./digest-round.ts";
import type { Finding } from "../triage/finding.ts";
import { holdRelease } from "../delivery/release.ts";
import type { Unit } from "../unit.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** A program that answers without saying that it is one must not be answered for ever (RFC 3834 §2). */
const REPLIES_A_DAY = 3;

/** What became of a reply that a policy grants. */
type AnsweredAlone =
  | { readonly draftId: number }
  /** Why a person is asked all the same, as a sentence. */
  | { readonly heldBack: string };

/**
 * Let a reply out under a policy's grant. It is held until the digest that shows it has come, and the undo window after
 * that: whoever reads the digest can still call it back.
 */
export async function replyAlone(
  desk: Pick<Desk, "settings" | "random">,
  unit: Unit,
  directory: Directory,
  finding: Finding,
  grant: { readonly actor: Actor; readonly rule: number },
): Promise<AnsweredAlone> {
  const { replyAlone: reply, ticket } = finding;
  if (reply === null || finding.reviewer === null)
    return { heldBack: "Nobody is there to show an automatic reply to." };
  const since = new Date(unit.at.getTime() - DAY_MS).toISOString();
  if ((await repliedAloneSince(unit.db, ticket.requesterAddress, since)) >= REPLIES_A_DAY)
    return { heldBack: `This address had ${REPLIES_A_DAY} automatic replies within a day.` };
  const { id } = await insertDraft(unit.db, reply, unit.now);
  const draft = await draftById(unit.db, id);
  if (draft === null) return { heldBack: "The draft was not stored." };
  await holdRelease(desk, unit, {
    draft,
    ticketNumber: ticket.number,
    language: finding.triage.language.value,
    actor: grant.actor,
    source: { kind: "grant", policyVersion: directory.policies.version, rule: grant.rule },
    shownAt: nextDigestAt(desk, unit.at),
  });
  return { draftId: id };
}
