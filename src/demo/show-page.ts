import { once } from "node:events";
import { deliverAndWatch } from "./deliver-mails.ts";
import { supportMails } from "./post-bag.ts";
import { createNarrator, type Narrator } from "./script/narrator.ts";
import type { Stage } from "./stage.ts";
import { takenInWords } from "./taken-words.ts";

/** Say where the page is, let the mails come in while somebody looks, and go on until the visitor has seen enough. */
export async function showPage(stage: Stage, url: string, interrupted: AbortSignal): Promise<void> {
  const tell = createNarrator(stage.say);
  const { address } = stage.desk.settings;
  tell.scene("Countersign: the demo");
  tell.line(
    `Open  ${url}  and play both sides. Nothing leaves this machine; Ctrl-C ends it and removes its data.`,
  );
  if (stage.consoleUrl !== null)
    tell.line(`The console is at ${stage.consoleUrl}; the page has a button that signs you in.`);
  tell.line(
    `An approved reply waits ${stage.holdSeconds} s before it leaves, and digests are gathered for ${stage.digestSeconds} s, so that you see both happen.`,
  );
  tell.scene(`A dozen mails come in for ${address}`);
  try {
    await mailsComeIn(stage, tell, interrupted);
    tell.line("");
    tell.line("They are all in. Review mails are on their way to the technicians.");
    if (!interrupted.aborted) await once(interrupted, "abort");
  } catch (error) {
    if (!interrupted.aborted) throw error;
  }
  stage.say("\nThe demo ends; its data is removed.");
}

async function mailsComeIn(stage: Stage, tell: Narrator, interrupted: AbortSignal): Promise<void> {
  const { address } = stage.desk.settings;
  for (const mail of await supportMails(stage.desk.clock())) {
    const taken = await deliverAndWatch(mail, { ...stage, address, interrupted });
    const who = mail.letter.from.name || mail.letter.from.address;
    tell.happened(`${who.padEnd(26)} ${takenInWords(taken).padEnd(26)} ${mail.letter.subject}`);
  }
}
