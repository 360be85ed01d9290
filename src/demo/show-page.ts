import { once } from "node:events";
import { deliverAndWatch } from "./deliver-mails.ts";
import { supportMails } from "./post-bag.ts";
import { createNarrator } from "./script/narrator.ts";
import type { Stage } from "./stage.ts";
import { takenInWords } from "./taken-words.ts";

/** Say where the page is, let the mails come in while somebody looks, and go on until the visitor has seen enough. */
export async function showPage(stage: Stage, url: string, interrupted: AbortSignal): Promise<void> {
  const tell = createNarrator(stage.say);
  const { address } = stage.desk.settings;
  tell.scene("Countersign: the demo");
  tell.line(`Open  ${url}  and play both sides. Nothing leaves this machine; Ctrl-C ends it and removes its data.`);
  if (stage.consoleUrl !== null) tell.line(`The console is at ${stage.consoleUrl}; the page has a button that signs you in.`);
  tell.line(`An approved reply waits ${stage.holdSeconds} s before it leaves, and digests are gathered for ${stage.digestSeconds} s, so that you see both happen.`);
  tell.scene(`A dozen mails come in for ${address}`);
  for (const mail of await supportMails(stage.desk.clock())) {
    if (interrupted.aborted) break;
    const taken = await deliverAndWatch(mail, { ...stage, address });
    tell.happened(`${(mail.letter.from.name || mail.letter.from.address).padEnd(26)} ${takenInWords(taken).padEnd(30)} ${mail.letter.subject}`);
  }
  tell.line("");
  tell.line("They are all in. Digests are on their way to the technicians.");
  if (!interrupted.aborted) await once(interrupted, "abort");
  stage.say("\nThe demo ends; its data is removed.");
}
