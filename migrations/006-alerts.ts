import type { Knex } from "knex";

/** What a monitoring system's alert is about, so that its next mail about the same joins the ticket. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("tickets", (t) => {
    // `nagios|srv-01|disk c`; NULL where a person wrote.
    t.text("alert_key");
    // The last state that was news: info, recovery, warning, problem.
    t.text("alert_state");
  });
  await knex.raw(
    "CREATE INDEX tickets_alerts ON tickets (requester_address, alert_key) WHERE alert_key IS NOT NULL",
  );
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
