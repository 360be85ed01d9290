import { createHash } from "node:crypto";
import { domainOf } from "../../mail/address.ts";
import type { Technician } from "../../desk/ticket.ts";
import { renderAdminAlert, type AdminAlertView } from "../../review/notices.ts";
import { insideMailExists } from "../../store/outbox.ts";
import type { Desk, Directory } from "../desk.ts";
import { queueInside } from "../review/inside-mail.ts";
import type { Unit } from "../unit.ts";

interface AdminAlert extends Omit<AdminAlertView, "deskName"> {
  /** Whose mail does not arrive, or whose account is in doubt: nobody is told at the address in question. */
  readonly except?: readonly number[];
  /** Names the occasion: of the same one each admin is told once. Left out: each time. */
  readonly occasion?: string;
}

/** Who is told of what concerns the desk itself: its admins, where there is none the leads, else whoever is there. */
function adminsOf(technicians: readonly Technician[], except: readonly number[] = []): readonly Technician[] {
  const others = technicians.filter((one) => one.active && !except.includes(one.id));
  const admins = others.filter((one) => one.role === "admin");
  const leads = others.filter((one) => one.role === "lead");
  return admins.length > 0 ? admins : leads.length > 0 ? leads : others;
}

/** Queue an alert for the admins, in the caller's transaction. Answers the outbox ids to send after the commit. */
export async function alertAdmins(
  desk: Pick<Desk, "settings" | "sealing" | "random">,
  unit: Unit,
  directory: Directory,
  alert: AdminAlert,
): Promise<readonly number[]> {
  const mail = renderAdminAlert(directory.templates, { ...alert, deskName: desk.settings.name });
  const ids: number[] = [];
  for (const technician of adminsOf(directory.technicians, alert.except)) {
    const name =
      alert.occasion === undefined
        ? undefined
        : createHash("sha256").update(`${alert.occasion} ${technician.id}`).digest("hex").slice(0, 32);
    if (
      name !== undefined &&
      (await insideMailExists(unit.db, `<${name}@${domainOf(desk.settings.reviewAddress)}>`))
    )
      continue;
    ids.push(
      await queueInside(desk, unit, {
        kind: "alert",
        technician,
        mail,
        ticketId: null,
        ...(name === undefined ? {} : { name }),
      }),
    );
  }
  return ids;
}
