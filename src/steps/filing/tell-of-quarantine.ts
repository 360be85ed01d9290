import { countPutAside, putAsideAfter, type PutAside } from "../../store/quarantine.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import { alertAdmins } from "../upkeep/alert-admins.ts";
import type { MailingDesk } from "../desk.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";

/** However much is put aside, admins hear of it at most this often. */
const EVERY_MS = 60 * 60 * 1000;
const SHOWN = 10;

/** Admins are mailed about messages that were put aside since the last such mail: the first at once, then once an hour. */
export async function tellOfQuarantine(desk: MailingDesk): Promise<void> {
  const told = readTold(await readSetting(desk.database.reader, "quarantine_told"));
  const since = desk.clock().getTime() - told.at;
  // A clock that was put back must not silence the desk.
  if (since >= 0 && since < EVERY_MS) return;
  if ((await countPutAside(desk.database.reader, told.upTo)).count === 0) return;
  const directory = await desk.directory.current();
  const outboxIds = await transact(desk, "tell-of-quarantine", async (unit) => {
    // Another worker may have told meanwhile.
    const { upTo } = readTold(await readSetting(unit.db, "quarantine_told"));
    const { count, newestId } = await countPutAside(unit.db, upTo);
    if (upTo !== told.upTo || count === 0) return [];
    const shown = await putAsideAfter(unit.db, upTo, SHOWN);
    await writeSetting(unit.db, "quarantine_told", `${newestId} ${unit.now}`);
    return alertAdmins(desk, unit, directory, {
      title: count === 1 ? "A message was put aside" : `${count} messages were put aside`,
      sentences: [
        "The desk could not read or place what is named below. It is kept as it came, no ticket was opened, and other mail goes its way.",
        `Look at it in the console (${desk.settings.webUrl}/mail?disposition=quarantined). When the cause is mended, “Try again” there, or “countersign quarantine retry ID --as YOU”, reads it once more.`,
        ...(count > shown.length ? [`${count - shown.length} more are in the console.`] : []),
      ],
      facts: shown.map((one) => ({ label: `Message ${one.id}`, text: inWords(one) })),
      diagnostic: "",
      occasion: `quarantine ${upTo} ${newestId}`,
    });
  });
  for (const id of outboxIds) await sendQueued(desk, id);
}

function inWords({ fromAddress, subject, reason }: PutAside): string {
  const from = fromAddress === "" ? "no sender" : `from ${fromAddress}`;
  const about = subject === "" ? "no subject" : `“${subject.slice(0, 100)}”`;
  return `${from}, ${about}: ${reason.slice(0, 300)}`;
}

/** `ID ISO`: the newest message that admins have heard of, and when. */
function readTold(value: string | null): { readonly upTo: number; readonly at: number } {
  const [id = "", at = ""] = (value ?? "").split(" ");
  return { upTo: Number(id) || 0, at: Date.parse(at) || 0 };
}
