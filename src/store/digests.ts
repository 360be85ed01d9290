import type { Db } from "./database.ts";

export interface DigestRecord {
  readonly id: string;
  readonly tokenSha256: string;
  readonly technicianId: number;
  readonly purpose: "review" | "probe";
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly items: readonly DigestItem[];
}

export interface DigestItem {
  readonly number: number;
  readonly reviewId: number | null;
  readonly ticketId: number;
  readonly draftId: number | null;
  readonly draftRevision: number | null;
  readonly canonicalSha256: string | null;
  /** What the desk did alone and this item lets a person undo. */
  readonly actId: number | null;
  readonly status: "live" | "used" | "void";
  readonly voidReason: string | null;
}

type ItemRow = {
  digest_id: string;
  number: number;
  review_id: number | null;
  ticket_id: number;
  draft_id: number | null;
  draft_revision: number | null;
  canonical_sha256: string | null;
  act_id: number | null;
  status: DigestItem["status"];
  void_reason: string | null;
};

function toItem(row: ItemRow): DigestItem {
  return {
    number: row.number,
    reviewId: row.review_id,
    ticketId: row.ticket_id,
    draftId: row.draft_id,
    draftRevision: row.draft_revision,
    canonicalSha256: row.canonical_sha256,
    actId: row.act_id,
    status: row.status,
    voidReason: row.void_reason,
  };
}

/** How many digests a technician was sent since then. */
export async function digestsSince(db: Db, technicianId: number, since: string): Promise<number> {
  const row = (await db("digests")
    .where({ technician_id: technicianId })
    .andWhere("created_at", ">", since)
    .count({ count: "*" })
    .first()) as { count: number | string } | undefined;
  return Number(row?.count ?? 0);
}

export interface NewDigest {
  readonly id: string;
  readonly tokenSha256: string;
  readonly technicianId: number;
  readonly outboxId: number;
  /** `review` where left out. */
  readonly purpose?: DigestRecord["purpose"];
  readonly expiresAt: string;
  readonly items: readonly Omit<DigestItem, "status" | "voidReason">[];
}

export async function insertDigest(db: Db, digest: NewDigest, now: string): Promise<void> {
  await db("digests").insert({
    id: digest.id,
    token_sha256: digest.tokenSha256,
    technician_id: digest.technicianId,
    outbox_id: digest.outboxId,
    purpose: digest.purpose ?? "review",
    created_at: now,
    expires_at: digest.expiresAt,
  });
  if (digest.items.length === 0) return;
  await db("digest_items").insert(
    digest.items.map((item) => ({
      digest_id: digest.id,
      number: item.number,
      review_id: item.reviewId,
      ticket_id: item.ticketId,
      draft_id: item.draftId,
      draft_revision: item.draftRevision,
      canonical_sha256: item.canonicalSha256,
      act_id: item.actId,
      status: "live",
    })),
  );
}

/** The digest that a token was issued for, with its items; `null` for a token the desk never issued. */
export async function digestByToken(db: Db, tokenSha256: string): Promise<DigestRecord | null> {
  type Row = {
    id: string;
    technician_id: number;
    purpose: DigestRecord["purpose"];
    created_at: string;
    expires_at: string;
    revoked_at: string | null;
    revoked_reason: string | null;
  };
  const row = (await db("digests").where({ token_sha256: tokenSha256 }).first()) as Row | undefined;
  if (row === undefined) return null;
  const items = (await db("digest_items").where({ digest_id: row.id }).orderBy("number")) as ItemRow[];
  return {
    id: row.id,
    tokenSha256,
    technicianId: row.technician_id,
    purpose: row.purpose,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    revokedReason: row.revoked_reason,
    items: items.map(toItem),
  };
}

export async function revokeDigest(db: Db, id: string, reason: string, now: string): Promise<boolean> {
  return (
    (await db("digests")
      .where({ id })
      .whereNull("revoked_at")
      .update({ revoked_at: now, revoked_reason: reason })) > 0
  );
}

/** The number under which a digest asks about a review; `null` where it does not, or no longer. */
export async function itemNumber(db: Db, digestId: string, reviewId: number): Promise<number | null> {
  const row = (await db("digest_items")
    .where({ digest_id: digestId, review_id: reviewId, status: "live" })
    .first("number")) as { number: number } | undefined;
  return row?.number ?? null;
}
