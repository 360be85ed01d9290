import type { Db } from "./database.ts";

/** Those of these subjects about which a warning went out since then. */
export async function warnedSince(
  db: Db,
  subjects: readonly string[],
  since: string,
): Promise<ReadonlySet<string>> {
  const rows = (await db("warnings")
    .whereIn("subject", [...subjects])
    .andWhere("sent_at", ">=", since)
    .select("subject")) as { subject: string }[];
  return new Set(rows.map((row) => row.subject));
}

/**
 * Whether a warning about `subject` may go out now, at most one in `windowMs` milliseconds; one that may not is counted.
 * `heldBack`: how many were held back since the last that went out, this one among them. Runs in the caller's transaction, so
 * that a warning and its count commit together.
 */
export async function takeWarning(
  db: Db,
  subject: string,
  now: Date,
  windowMs: number,
): Promise<{ readonly sends: boolean; readonly heldBack: number }> {
  await db("warnings").insert({ subject, sent_at: "", held_back: 0 }).onConflict("subject").ignore();
  const row = (await db("warnings").where({ subject }).forUpdate().first("sent_at", "held_back")) as {
    sent_at: string;
    held_back: number;
  };
  const since = now.getTime() - (Date.parse(row.sent_at) || 0);
  // A clock that was set back must not silence the desk.
  if (row.sent_at === "" || since >= windowMs || since < 0) {
    await db("warnings").where({ subject }).update({ sent_at: now.toISOString(), held_back: 0 });
    return { sends: true, heldBack: row.held_back };
  }
  await db("warnings")
    .where({ subject })
    .update({ held_back: row.held_back + 1 });
  return { sends: false, heldBack: row.held_back + 1 };
}
