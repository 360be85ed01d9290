import type { Command, DraftEdit, ReplyReading } from "../command.ts";
import { againstRelease, clip, intendRelease, isReleaseVerb } from "./release-intention.ts";
import type { Intention, ItemToDecide } from "./intention-kinds.ts";

export type { AskCode, Intention, ItemToDecide } from "./intention-kinds.ts";

/** What a reply asks for, item by item (protocol §2). Doubt becomes `ask`, never `release`. */
export function intend(input: {
  readonly reading: ReplyReading;
  readonly edits: ReadonlyMap<number, DraftEdit>;
  readonly items: readonly ItemToDecide[];
}): readonly Intention[] {
  const { reading, items } = input;
  const resolved = reading.commands.map((command) => resolve(command, items));
  const intentions: Intention[] = resolved.flatMap(({ questions }) => questions);
  for (const item of items) {
    const mine = resolved
      .filter(({ numbers }) => numbers.includes(item.number))
      .map(({ command }) => command);
    intentions.push(
      ...intendForItem(item, mine, input.edits.get(item.number) ?? { kind: "absent" }, reading),
    );
  }
  intentions.push(
    ...intendForDesk(resolved.filter(({ numbers }) => numbers.length === 0).map(({ command }) => command)),
  );
  if (reading.notUnderstood.length > 0) {
    const text = reading.notUnderstood.join("\n");
    const item = items.length === 1 ? (items[0]?.number ?? null) : null;
    intentions.push({ kind: "note", item, text, understood: false, line: reading.notUnderstood[0] ?? "" });
  }
  return intentions;
}

interface Resolved {
  readonly command: Command;
  /** Numbers of the digest that it is for; none for the desk, or where it is only asked about. */
  readonly numbers: readonly number[];
  readonly questions: readonly Intention[];
}

const deskVerbs: ReadonlySet<Command["verb"]> = new Set(["pause-desk", "resume-desk", "help"]);

function resolve(command: Command, items: readonly ItemToDecide[]): Resolved {
  const { line } = command;
  const all = items.map((item) => item.number);
  if (deskVerbs.has(command.verb)) return { command, numbers: [], questions: [] };
  if (command.items === "all") {
    if (command.verb !== "approve") return { command, numbers: all, questions: [] };
    const risky = items.filter((item) => item.highRisk);
    return {
      command,
      numbers: items.filter((item) => !item.highRisk).map((item) => item.number),
      questions: risky.map((item) => byNumberOnly(item, "all", line)),
    };
  }
  if (command.items === "implied") {
    // Calling back is always safe, and a note without a number is a note on the reply.
    if (items.length === 1 || command.verb === "stop") return { command, numbers: all, questions: [] };
    if (command.verb === "note") return { command, numbers: [], questions: [] };
    const reason = `The review mail has several items (${all.join(", ")}), and "${clip(line)}" does not say which. Nothing was done for it. Add the number.`;
    return {
      command,
      numbers: [],
      questions: [{ kind: "ask", item: null, code: "which-item", reason, line }],
    };
  }
  const inRange = command.verb === "approve" ? (command.inRange ?? []) : [];
  const swept = items.filter((item) => item.highRisk && inRange.includes(item.number));
  const known = command.items.filter(
    (number) => all.includes(number) && !swept.some((item) => item.number === number),
  );
  const unknown = command.items.filter((number) => !all.includes(number));
  const questions = unknown.map((number): Intention => ({
    kind: "ask",
    item: number,
    code: "unknown-item",
    line,
    reason: `There is no item ${number} in this review mail; it has ${all.join(", ")}.`,
  }));
  return {
    command,
    numbers: known,
    questions: [...questions, ...swept.map((item) => byNumberOnly(item, "a range", line))],
  };
}

/** A high-risk item is released where its own number was written, never with others. */
function byNumberOnly(item: ItemToDecide, by: "all" | "a range", line: string): Intention {
  return {
    kind: "ask",
    item: item.number,
    code: "high-risk",
    line,
    text: item.draftText,
    reason: `Item ${item.number} needs a second look, so ${by === "all" ? '"all"' : by} never covers it. To send it, reply "approve ${item.number}".`,
  };
}

function intendForDesk(commands: readonly Command[]): Intention[] {
  const paused = commands.some((command) => command.verb === "pause-desk");
  return commands.flatMap((command): Intention[] => {
    const { line } = command;
    if (command.verb === "help" || command.verb === "pause-desk") return [{ kind: command.verb, line }];
    if (command.verb === "note")
      return [{ kind: "note", item: null, text: command.text, understood: true, line }];
    if (command.verb !== "resume-desk") return [];
    const reason = "The reply both pauses and resumes the desk. It is paused.";
    return [
      paused ? { kind: "ask", item: null, code: "conflict", reason, line } : { kind: "resume-desk", line },
    ];
  });
}

function intendForItem(
  item: ItemToDecide,
  commands: readonly Command[],
  edit: DraftEdit,
  reading: ReplyReading,
): Intention[] {
  const release = intendRelease(item, commands, edit, reading);
  const others = commands.filter((command) => !isReleaseVerb(command));
  const clash = clashAmong(others);
  if (clash !== null) {
    const lines = others.map((command) => `"${clip(command.line)}"`).join(" and ");
    const reason = `${lines} do not go together for item ${item.number}, so none of it was done.`;
    return [...release, { kind: "ask", item: item.number, code: "conflict", reason, line: clash.line }];
  }
  const stopped = release.some((one) => one.kind === "ask" && one.code === "conflict");
  const acting = stopped
    ? others.filter((command) => !againstRelease.has(command.verb) || command.verb === "stop")
    : others;
  return [...release, ...once(acting).map((command) => actionOf(command, item.number))];
}

/** Two commands of one item that cannot both be meant. */
function clashAmong(commands: readonly Command[]): Command | null {
  const single = ["reroute", "assign", "priority", "category", "merge", "snooze"];
  for (const [at, command] of commands.entries()) {
    const earlier = commands.slice(0, at);
    if (
      single.includes(command.verb) &&
      earlier.some((one) => one.verb === command.verb && meaning(one) !== meaning(command))
    )
      return command;
    if (command.verb === "redraft" && earlier.some((one) => one.verb === "reject" || one.verb === "spam"))
      return command;
    if (
      (command.verb === "reject" || command.verb === "spam") &&
      earlier.some((one) => one.verb === "redraft")
    )
      return command;
    if (command.verb === "take" && earlier.some((one) => one.verb === "assign")) return command;
    if (command.verb === "assign" && earlier.some((one) => one.verb === "take")) return command;
  }
  return null;
}

function meaning(command: Command): string {
  return JSON.stringify({ ...command, line: "", items: "" }).toLowerCase();
}

/** A command said twice is done once; notes and times may repeat. */
function once(commands: readonly Command[]): readonly Command[] {
  const seen = new Set<string>();
  return commands.filter((command) => {
    const key = meaning(command);
    return command.verb === "time" || (!seen.has(key) && seen.add(key).size > 0);
  });
}

function actionOf(command: Command, item: number): Intention {
  const { line } = command;
  switch (command.verb) {
    case "reject":
      return { kind: "reject", item, reason: command.reason, line };
    case "redraft":
      return { kind: "redraft", item, instruction: command.instruction, line };
    case "reroute":
    case "assign":
      return { kind: command.verb, item, to: command.to, line };
    case "priority":
      return { kind: "priority", item, priority: command.priority, line };
    case "category":
      return { kind: "category", item, category: command.category, line };
    case "merge":
      return { kind: "merge", item, intoNumber: command.intoNumber, line };
    case "note":
      return { kind: "note", item, text: command.text, understood: true, line };
    case "snooze":
      return { kind: "snooze", item, until: command.until, line };
    case "run":
      return { kind: "run", item, runbook: command.runbook, line };
    case "time":
      return { kind: "time", item, minutes: command.minutes, line };
    case "spam":
    case "close":
    case "take":
    case "undo":
    case "stop":
      return { kind: command.verb, item, line };
    default:
      // The release verbs and the desk's own are handled before.
      return { kind: "help", line };
  }
}
