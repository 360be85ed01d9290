import type { Desk } from "../../src/steps/desk.ts";

interface JobRow {
  readonly kind: string;
  readonly payload: string;
  /** Why its last try failed. */
  readonly error: string | null;
}

/** What should have moved by now and has not, a sentence each. Looks at the tables, as no step of the desk does. */
export async function whatIsStuck(
  desk: Pick<Desk, "database" | "queue" | "clock">,
): Promise<readonly string[]> {
  const { reader, dialect } = desk.database;
  const now = desk.clock().toISOString();
  const jobs =
    dialect === "postgres"
      ? (
          await reader.raw<{ rows: JobRow[] }>(
            "SELECT name AS kind, data::text AS payload, output->>'reason' AS error FROM pgboss.job WHERE (state < 'active' AND start_after <= now()) OR state = 'active'",
          )
        ).rows
      : ((await reader("jobs")
          .whereNull("failed_at")
          .where("run_at", "<=", now)
          .select("kind", "payload", "last_error as error")) as JobRow[]);
  const messages = (await reader("messages").where({ status: "received" }).select("id")) as { id: number }[];
  const releases = (await reader("releases")
    .whereIn("status", ["ready", "claimed", "started"])
    .orWhere((q) => void q.where({ status: "held" }).where("hold_until", "<=", now))
    .orWhere((q) => void q.where({ status: "deferred" }).where("next_attempt_at", "<=", now))
    .select("id", "status")) as { id: number; status: string }[];
  const reviews = (await reader("reviews")
    .where({ status: "open" })
    .whereNull("digest_id")
    .select("id", "technician_id")) as { id: number; technician_id: number | null }[];
  const mails = (await reader("outbox")
    .where({ status: "queued" })
    .where("next_attempt_at", "<=", now)
    .select("id", "kind")) as { id: number; kind: string }[];
  return [
    ...jobs.map(
      ({ kind, payload, error }) => `the job ${kind} ${payload} is past due (${error ?? "never failed"})`,
    ),
    ...messages.map(({ id }) => `message ${id} is not filed`),
    ...releases.map(({ id, status }) => `release ${id} is ${status}`),
    ...reviews.map(({ id, technician_id }) => `review ${id} (of technician ${technician_id}) has no digest`),
    ...mails.map(({ id, kind }) => `${kind} ${id} inside the desk is not sent`),
  ];
}
