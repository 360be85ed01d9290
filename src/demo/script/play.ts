import { deliverAndWatch, type Taken } from "../deliver-mails.ts";
import { supportMails } from "../post-bag.ts";
import type { Stage } from "../stage.ts";
import { reasonOf } from "../../errors.ts";
import { takenInWords } from "../taken-words.ts";
import { createCast, type Cast } from "./cast.ts";
import { closingChecks } from "./closing-checks.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import { SCENES } from "./scenes.ts";
import { createPatience, DidNotHappen } from "./waiting.ts";

/** For one event, and for the whole play, which takes half a minute on a machine that does nothing else. */
const EACH_MS = 15_000;
const ALL_MS = 150_000;

/** Play the demo through by mail alone. Answers whether the loop closed; says what did not happen. */
export async function playScript(stage: Stage, interrupted: AbortSignal): Promise<boolean> {
  const tell = createNarrator(stage.say);
  const patience = createPatience(EACH_MS, ALL_MS, interrupted);
  const began = performance.now();
  try {
    const taken = await mailsArrive(stage, tell, interrupted);
    const tickets = new Map(
      taken.flatMap(({ mail, ticketNumber, disposition }) =>
        ticketNumber === null || disposition === "follow-up"
          ? []
          : [[mail.letter.from.address, ticketNumber] as const],
      ),
    );
    const cast = createCast(stage, tell, patience, tickets);
    const missing = await playScenes(cast, interrupted);
    const faults = [...missing, ...(await check(cast))];
    tell.line("");
    tell.line(
      `${SCENES.length - missing.length} of ${SCENES.length} scenes, in ${Math.round((performance.now() - began) / 1000)} s. All of it by SMTP; nothing left this machine.`,
    );
    if (faults.length === 0) {
      stage.say("\nThe loop closed.");
      return true;
    }
    stage.say("\nThe loop did not close. What did not happen:");
    for (const fault of faults) tell.failed(fault);
  } catch (error) {
    if (interrupted.aborted) stage.say("\nInterrupted. The demo’s data is removed.");
    else stage.say(`\nThe loop did not close: ${reasonOf(error)}`);
  }
  return false;
}

async function mailsArrive(
  stage: Stage,
  tell: Narrator,
  interrupted: AbortSignal,
): Promise<readonly Taken[]> {
  tell.scene(`A dozen mails come in for ${stage.desk.settings.address}`);
  const taken: Taken[] = [];
  for (const mail of await supportMails(stage.desk.clock())) {
    tell.mail(mail.letter, "Northwind Support", 2);
    const one = await deliverAndWatch(mail, { ...stage, address: stage.desk.settings.address, interrupted });
    tell.happened(`${takenInWords(one)}: ${one.reason}`);
    taken.push(one);
  }
  return taken;
}

/** A scene that fails is told, and the next one plays all the same: more is learnt from all of them. */
async function playScenes(cast: Cast, interrupted: AbortSignal): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const scene of SCENES) {
    cast.tell.scene(scene.title);
    try {
      await scene.play(cast);
    } catch (error) {
      if (interrupted.aborted) throw error;
      const what = error instanceof DidNotHappen ? error.message : reasonOf(error);
      cast.tell.failed(`This did not happen: ${what}.`);
      missing.push(`${scene.title}: ${what}.`);
    }
  }
  return missing;
}

async function check(cast: Cast): Promise<readonly string[]> {
  cast.tell.scene("In the end");
  const checks = await closingChecks(cast);
  cast.tell.table(checks.map(({ what, found, faults }) => [faults.length === 0 ? "✓" : "✗", what, found]));
  return checks.flatMap(({ faults }) => faults);
}
