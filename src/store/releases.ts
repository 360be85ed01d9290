import type { Authorisation } from "../review/release.ts";
import type { Db } from "./database.ts";

export type ReleaseStatus =
  "held" | "ready" | "claimed" | "started" | "accepted" | "deferred" | "rejected" | "uncertain" | "cancelled";

/** A reply frozen as bytes. It cannot be made without its authorisation, and `deliver` takes nothing else. */
export interface Release {
  readonly id: number;
  readonly ticketId: number;
  readonly draftId: number;
  readonly authorisation: Authorisation;
  readonly status: ReleaseStatus;
  readonly messageId: string;
  readonly relayMessageId: string | null;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly mime: Buffer;
  readonly holdUntil: string;
  readonly nextAttemptAt: string;
  readonly attempts: number;
  readonly fence: number;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

type Row = {
  id: number;
  ticket_id: number;
  draft_id: number;
  authorisation_id: number;
  canonical_sha256: string;
  status: ReleaseStatus;
  message_id: string;
  relay_message_id: string | null;
  envelope_from: string;
  envelope_to: string;
  mime: Buffer;
  hold_until: string;
  next_attempt_at: string;
  attempts: number;
  fence: number;
  created_at: string;
  finished_at: string | null;
  kind: "decision" | "grant";
  decision_id: number | null;
  policy_version: number | null;
  policy_rule: number | null;
};

function toRelease(row: Row): Release {
  return { ...withoutBytes(row), mime: row.mime };
}

type SizedRow = Omit<Row, "mime"> & { size: number };

const toRecord = (row: SizedRow): ReleaseRecord => ({ ...withoutBytes(row), size: row.size });

function withoutBytes(row: Omit<Row, "mime">): Omit<Release, "mime"> {
  const common = { id: row.authorisation_id, canonicalSha256: row.canonical_sha256 };
  return {
    id: row.id,
    ticketId: row.ticket_id,
    draftId: row.draft_id,
    authorisation:
      row.kind === "decision"
        ? { ...common, kind: "decision", decisionId: row.decision_id ?? 0 }
        : { ...common, kind: "grant", policyVersion: row.policy_version ?? 0, rule: row.policy_rule ?? 0 },
    status: row.status,
    messageId: row.message_id,
    relayMessageId: row.relay_message_id,
    envelopeFrom: row.envelope_from,
    envelopeTo: JSON.parse(row.envelope_to) as string[],
    holdUntil: row.hold_until,
    nextAttemptAt: row.next_attempt_at,
    attempts: row.attempts,
    fence: row.fence,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** A release without its bytes, which may be megabytes: for lists. */
export interface ReleaseRecord extends Omit<Release, "mime"> {
  /** How many bytes its mail has. */
  readonly size: number;
}

/** Where the word to release came from. */
export type AuthorisationSource =
  | { readonly kind: "decision"; readonly decisionId: number }
  | { readonly kind: "grant"; readonly policyVersion: number; readonly rule: number };

/** The database refuses one without its decision or its policy. */
export async function insertAuthorisation(
  db: Db,
  source: AuthorisationSource,
  draft: { readonly id: number; readonly canonicalSha256: string },
  now: string,
): Promise<Authorisation> {
  const [row] = (await db("authorisations")
    .insert({
      kind: source.kind,
      draft_id: draft.id,
      canonical_sha256: draft.canonicalSha256,
      created_at: now,
      decision_id: source.kind === "decision" ? source.decisionId : null,
      policy_version: source.kind === "grant" ? source.policyVersion : null,
      policy_rule: source.kind === "grant" ? source.rule : null,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the authorisation was not stored");
  return { id: row.id, canonicalSha256: draft.canonicalSha256, ...source };
}

interface NewRelease {
  readonly ticketId: number;
  readonly draftId: number;
  readonly authorisation: Authorisation;
  readonly messageId: string;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly mime: Buffer;
  readonly holdUntil: string;
}

export async function insertRelease(db: Db, release: NewRelease, now: string): Promise<number> {
  const [row] = (await db("releases")
    .insert({
      ticket_id: release.ticketId,
      draft_id: release.draftId,
      authorisation_id: release.authorisation.id,
      canonical_sha256: release.authorisation.canonicalSha256,
      status: "held",
      message_id: release.messageId,
      envelope_from: release.envelopeFrom,
      envelope_to: JSON.stringify(release.envelopeTo),
      mime: release.mime,
      hold_until: release.holdUntil,
      next_attempt_at: release.holdUntil,
      created_at: now,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the release was not stored");
  return row.id;
}

const selectReleases = (db: Db) =>
  db("releases as r")
    .join("authorisations as a", "a.id", "r.authorisation_id")
    .select("r.*", "a.kind", "a.decision_id", "a.policy_version", "a.policy_rule");

const RECORD_COLUMNS = [
  "id",
  "ticket_id",
  "draft_id",
  "authorisation_id",
  "canonical_sha256",
  "status",
  "message_id",
  "relay_message_id",
  "envelope_from",
  "envelope_to",
  "hold_until",
  "next_attempt_at",
  "attempts",
  "fence",
  "created_at",
  "finished_at",
] as const satisfies readonly (keyof Row)[];

const selectRecords = (db: Db) =>
  db("releases as r")
    .join("authorisations as a", "a.id", "r.authorisation_id")
    .select(...RECORD_COLUMNS.map((name) => `r.${name}`))
    .select("a.kind", "a.decision_id", "a.policy_version", "a.policy_rule", db.raw("length(r.mime) as size"));

export async function releaseById(db: Db, id: number): Promise<Release | null> {
  const row = (await selectReleases(db).where("r.id", id).first()) as Row | undefined;
  return row === undefined ? null : toRelease(row);
}

export async function releaseByDraft(db: Db, draftId: number): Promise<Release | null> {
  const row = (await selectReleases(db).where("r.draft_id", draftId).first()) as Row | undefined;
  return row === undefined ? null : toRelease(row);
}

export async function releasesOf(db: Db, ticketId: number): Promise<readonly ReleaseRecord[]> {
  return ((await selectRecords(db).where("r.ticket_id", ticketId).orderBy("r.id")) as SizedRow[]).map(
    toRecord,
  );
}

/** By the Message-ID that it bore or that a relay gave it: for bounces and returned copies. */
export async function releaseByMessageIds(db: Db, messageIds: readonly string[]): Promise<Release | null> {
  if (messageIds.length === 0) return null;
  const row = (await selectReleases(db)
    .where((q) => void q.whereIn("r.message_id", messageIds).orWhereIn("r.relay_message_id", messageIds))
    .first()) as Row | undefined;
  return row === undefined ? null : toRelease(row);
}

/** Releases whose lease ran out: a worker died between claim and end. `"any"`: no worker runs, whatever the lease says. */
export async function abandonedReleases(db: Db, leaseEndedBy: string): Promise<readonly Release[]> {
  const rows = (await selectReleases(db)
    .whereIn("r.status", ["claimed", "started"])
    .modify((q) => {
      if (leaseEndedBy !== "any") void q.where("r.lease_until", "<=", leaseEndedBy);
    })) as Row[];
  return rows.map(toRelease);
}

/** Releases that should have a delivery job and are due. */
export async function dueReleases(db: Db, now: string, limit: number): Promise<readonly number[]> {
  const rows = (await db("releases")
    .whereIn("status", ["held", "ready", "deferred"])
    .where("next_attempt_at", "<=", now)
    .orderBy("id")
    .limit(limit)
    .select("id")) as { id: number }[];
  return rows.map((row) => row.id);
}

/** What is still to leave: held, ready or deferred, the oldest first. */
export async function waitingReleases(db: Db): Promise<readonly ReleaseRecord[]> {
  const rows = (await selectRecords(db)
    .whereIn("r.status", ["held", "ready", "deferred"])
    .orderBy("r.id")) as SizedRow[];
  return rows.map(toRecord);
}

export async function releaseRecordById(db: Db, id: number): Promise<ReleaseRecord | null> {
  const row = (await selectRecords(db).where("r.id", id).first()) as SizedRow | undefined;
  return row === undefined ? null : toRecord(row);
}

export async function listReleases(
  db: Db,
  query: { readonly state?: string; readonly before?: number; readonly limit: number },
): Promise<readonly ReleaseRecord[]> {
  const rows = (await selectRecords(db)
    .modify((q) => {
      if (query.state !== undefined) void q.where("r.status", query.state);
      if (query.before !== undefined) void q.where("r.id", "<", query.before);
    })
    .orderBy("r.id", "desc")
    .limit(query.limit)) as SizedRow[];
  return rows.map(toRecord);
}

export interface DeliveryRecord {
  readonly releaseId: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly smtpCode: number | null;
  readonly enhancedCode: string | null;
  readonly text: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** Written as the relay says 354, before the first byte leaves. */
export async function insertDelivery(
  db: Db,
  delivery: Pick<DeliveryRecord, "releaseId" | "attempt" | "outcome"> & Partial<DeliveryRecord>,
  now: string,
): Promise<void> {
  await db("deliveries")
    .insert({
      release_id: delivery.releaseId,
      attempt: delivery.attempt,
      outcome: delivery.outcome,
      smtp_code: delivery.smtpCode ?? null,
      enhanced_code: delivery.enhancedCode ?? null,
      text: delivery.text ?? "",
      started_at: now,
      finished_at: delivery.finishedAt ?? null,
    })
    .onConflict(["release_id", "attempt"])
    .merge(["outcome", "smtp_code", "enhanced_code", "text", "finished_at"]);
}

export async function deliveriesOf(
  db: Db,
  releaseIds: readonly number[],
): Promise<readonly DeliveryRecord[]> {
  type DeliveryRow = {
    release_id: number;
    attempt: number;
    outcome: string;
    smtp_code: number | null;
    enhanced_code: string | null;
    text: string;
    started_at: string;
    finished_at: string | null;
  };
  const rows = (await db("deliveries").whereIn("release_id", releaseIds).orderBy("id")) as DeliveryRow[];
  return rows.map((row) => ({
    releaseId: row.release_id,
    attempt: row.attempt,
    outcome: row.outcome,
    smtpCode: row.smtp_code,
    enhancedCode: row.enhanced_code,
    text: row.text,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}
