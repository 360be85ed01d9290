/** Whether a reply releases an item's draft (protocol §2): every doubt is asked about, one reason at a time. */
import type { Command, DraftEdit, ReplyReading } from "../command.ts";
import type { AskCode, Intention, ItemToDecide } from "./intention-kinds.ts";
import { unsafeReason } from "./unsafe-text.ts";

export function isReleaseVerb(command: Command): boolean {
  return command.verb === "approve" || command.verb === "send" || command.verb === "attach";
}

/** A reply cannot both send a draft and say one of these of it. */
export const againstRelease: ReadonlySet<Command["verb"]> = new Set(["reject", "redraft", "spam", "stop"]);

/** At most one intention: the release, or why there is none. */
export function intendRelease(
  item: ItemToDecide,
  commands: readonly Command[],
  edit: DraftEdit,
  reading: ReplyReading,
): Intention[] {
  const number = item.number;
  const signs = commands.filter((command) => command.verb === "approve" || command.verb === "send");
  const attach = commands.find((command) => command.verb === "attach");
  const touched = edit.kind === "edited" || edit.kind === "damaged";
  const line = signs[0]?.line ?? attach?.line ?? `(draft ${number}, edited)`;
  const ask = (code: AskCode, reason: string, text: string | null): Intention[] => [
    { kind: "ask", item: number, code, reason, line, ...(text === null ? {} : { text }) },
  ];
  if (signs.length === 0 && !touched) {
    return attach === undefined
      ? []
      : ask(
          "attach-alone",
          `Nothing was sent. To send draft ${number} with your files, reply "approve ${number}" and "attach ${number}" together.`,
          item.draftText,
        );
  }
  if (signs.length === 0 && commands.some((command) => command.verb === "reject" || command.verb === "note"))
    return [];

  const sends = signs.flatMap((command) => (command.verb === "send" ? [command] : []));
  const written = sends.filter((command) => command.text !== null);
  const own = written[0]?.text ?? null;
  const edited = edit.kind === "edited" ? edit.text : null;
  const text = own ?? edited;
  const shown = text ?? (edit.kind === "damaged" && edit.text !== "" ? edit.text : item.draftText);
  const against = commands.find((command) => againstRelease.has(command.verb));
  if (against !== undefined)
    return ask(
      "conflict",
      `Draft ${number} was not sent: "${clip(line)}" and "${clip(against.line)}" do not go together.`,
      shown,
    );
  const several = written.find((command) => typeof command.items !== "string" && command.items.length > 1);
  if (several !== undefined)
    return ask(
      "unclear-text",
      `Nothing was sent: one text was given for several items. Send each its own.`,
      shown,
    );
  if (written.some((command) => command.text !== own))
    return ask("conflict", `Draft ${number} was not sent: two different texts were given for it.`, shown);
  if (own?.trim() === "")
    return ask("empty-text", `Nothing was sent: no text stands below "send ${number}:".`, null);
  const doubt = written.find((command) => command.doubt !== null)?.doubt;
  if (doubt !== undefined && doubt !== null) return ask("unclear-text", `Nothing was sent: ${doubt}.`, shown);
  const unsafe = own === null ? null : unsafeReason(own, item.draftText);
  if (unsafe !== null) return ask("unsafe-text", `The text for item ${number} was not sent: ${unsafe}.`, own);
  if (own === null && edit.kind === "damaged")
    return ask("damaged-draft", `Draft ${number} was not sent: ${edit.reason}.`, shown);
  if (reading.notUnderstood.length > 0)
    return ask(
      "other-words",
      `Draft ${number} was not sent: "${clip(reading.notUnderstood[0] ?? "")}" stands beside it. To send it, reply with the command alone.`,
      shown,
    );
  const held = reading.commands.find(
    (command) => command.verb === "note" && command.items === "implied" && saysWait(command.text),
  );
  if (held !== undefined)
    return ask(
      "other-words",
      `Draft ${number} was not sent: the note "${clip(held.line)}" may be meant to hold it.`,
      shown,
    );
  const beside = reading.commands.find((command) => !isReleaseVerb(command));
  if (signs.length === 0 && beside !== undefined)
    return ask(
      "edit-beside-commands",
      `The edited draft ${number} was not sent, since "${clip(beside.line)}" stands beside it. To send it, reply "approve ${number}" with the edit.`,
      shown,
    );
  const without = [...new Set(sends.flatMap((command) => command.without))];
  return [{ kind: "release", item: number, text, without, attach: attach !== undefined, line }];
}

/** A note without a number beside an approval may be a condition: "Note: wait for Bob". */
function saysWait(text: string): boolean {
  return /\b(?:wait|hold|don't|dont|do not|not yet|before|until|unless|only|once|if|after)\b/i.test(
    text.replaceAll("’", "'"),
  );
}

/** A line as a sentence can hold it. */
export function clip(lines: string): string {
  const line = lines.replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
