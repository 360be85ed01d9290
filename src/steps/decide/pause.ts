import { writeSetting } from "../../store/settings.ts";
import { outcome, type Deciding, type Outcome } from "./deciding.ts";

/** The stop switch: no automatic act until it is taken back. */
export async function performPause(deciding: Deciding, line: string, pause: boolean): Promise<Outcome> {
  const { unit, technician } = deciding;
  if (technician.role === "technician")
    return outcome(line, null, "refused", "Only a lead or an admin can pause or resume the desk.");
  await writeSetting(unit.db, "paused", pause ? "1" : "0");
  unit.record({
    stream: "desk",
    actor: deciding.actor,
    kind: pause ? "desk.paused" : "desk.resumed",
    sentence: `${technician.name} ${pause ? "paused" : "resumed"} the desk.`,
    evidence: {},
  });
  return outcome(
    line,
    null,
    "done",
    pause
      ? "The desk is paused: it does nothing alone until “resume desk”. Drafts and reviews go on."
      : "The desk may act alone again where a policy lets it.",
  );
}
