import { setTimeout as pause } from "node:timers/promises";
import { deliverAndWatch } from "../deliver-mails.ts";
import { supportMails } from "../post-bag.ts";
import { ticketBoard } from "../ticket-board.ts";
import type { Stage } from "../stage.ts";
export async function playScript(stage: Stage, _interrupted: AbortSignal): Promise<boolean> {
  for (const mail of await supportMails(new Date())) {
    const t = await deliverAndWatch(mail, { ...stage, address: "support@desk.example" });
    stage.say(`${mail.file} ${t.disposition} #${t.ticketNumber} ${t.reason}`);
  }
  await pause(5000);
  for (const m of stage.mailboxes.all()) stage.say(`=== ${m.owner} | ${m.letter.subject}\n${m.letter.text}\n`);
  for (const r of await ticketBoard(stage.desk)) stage.say(JSON.stringify(r));
  return true;
}
