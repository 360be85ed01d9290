import type { ServiceLevel } from "../desk/desk-file-rows.ts";
import type { Db } from "./database.ts";
import type { Change } from "./upsert.ts";

/** What clients were promised, by the name of the SLA. */
export async function allSlas(db: Db): Promise<ReadonlyMap<string, ServiceLevel>> {
  const rows = (await db("slas")) as { name: string; hours: string; targets: string }[];
  return new Map(
    rows.map(({ name, hours, targets }) => [
      name,
      { name, hours, targets: JSON.parse(targets) as ServiceLevel["targets"] },
    ]),
  );
}

export async function saveSla(db: Db, sla: ServiceLevel): Promise<Change> {
  const values = { hours: sla.hours, targets: JSON.stringify(sla.targets) };
  const existing = (await db("slas").where({ name: sla.name }).first()) as
    { hours: string; targets: string } | undefined;
  if (existing === undefined) await db("slas").insert({ name: sla.name, ...values });
  else if (existing.hours === values.hours && existing.targets === values.targets) return "same";
  else await db("slas").where({ name: sla.name }).update(values);
  return existing === undefined ? "added" : "changed";
}
