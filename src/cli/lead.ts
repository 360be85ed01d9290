import { UsageError } from "../errors.ts";
import { sameAddress } from "../mail/address.ts";
import type { Desk } from "../steps/desk.ts";

/** The registered address of the active lead or admin whom `--as` names. Throws UsageError with those there are. */
export async function leadNamed(desk: Pick<Desk, "directory">, as: string): Promise<string> {
  const { technicians } = await desk.directory.current();
  const may = technicians.filter((one) => one.active && one.role !== "technician");
  const author = may.find((one) => sameAddress(one.email, as));
  if (author !== undefined) return author.email;
  throw new UsageError(
    `--as ${as} is no active lead or admin here. There are: ${may.map((one) => one.email).join(", ") || "none; import one first"}.`,
  );
}
