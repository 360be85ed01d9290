import { person } from "../desk/event.ts";
import { reasonOf } from "../errors.ts";
import { transact } from "../steps/unit.ts";
import { createLoginLink } from "../store/access.ts";
import type { Stage } from "./stage.ts";

const LINK_MINUTES = 15;

/** Send what a visitor wrote as `owner`. Answers what went wrong, or `null`. */
export async function sendMail(
  stage: Stage,
  owner: string,
  form: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  const text = (name: string): string => (typeof form[name] === "string" ? form[name] : "");
  const player = stage.players.find((one) => one.address === owner);
  if (player === undefined) return `${owner} is nobody here`;
  if (text("to").trim() === "") return "it has no recipient";
  const answered = stage.mailboxes.get(Number(text("answers")));
  const letter = answered?.owner === owner.toLowerCase() ? answered.letter : null;
  try {
    await stage.post.send({
      from: { name: player.name, address: player.address },
      to: text("to"),
      subject: text("subject"),
      text: text("text"),
      inReplyTo: letter?.messageId || null,
      references: letter === null ? [] : [...letter.references, letter.messageId].filter((id) => id !== ""),
    });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A sign-in link to the console for a technician; `null` where there is no console or no such technician. */
export async function openConsole(stage: Stage, technician: string): Promise<string | null> {
  const { technicians } = await stage.desk.directory.current();
  const id = technicians.find((one) => one.email === technician)?.id;
  if (stage.consoleUrl === null || id === undefined) return null;
  const secret = await transact(stage.desk, "login-link", async (unit) => {
    unit.record({
      stream: "desk",
      actor: person("the visitor of the demo"),
      kind: "login-link.created",
      sentence: `A sign-in link for ${technician} was made.`,
      evidence: { technicianId: id },
    });
    return createLoginLink(unit.db, id, new Date(unit.at.getTime() + LINK_MINUTES * 60_000).toISOString());
  });
  return `${stage.consoleUrl}/sign-in/${secret}`;
}
