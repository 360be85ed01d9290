import { normaliseAddress } from "../mail/address.ts";
import { parseMailboxes } from "../mail/mailboxes.ts";
import { LEARNED_FIELDS, type LearnedField } from "./learned-field.ts";
import { suggest, type Problem } from "./problem.ts";
import { LEVELS, TICKET_TYPES } from "./ticket.ts";

/** One mail of a labelled history: what people had decided about it elsewhere. */
export interface HistoryRow {
  /** Tells it apart; the same id is taken once. */
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  /** addr-spec of the sender; "" where the history does not say. */
  readonly from: string;
  readonly labels: Readonly<Partial<Record<LearnedField, string>>>;
  readonly line: number;
}

/** What a field's label may be, as the person wrote it, to what it is; `null` for none of these. */
type LabelReader = { readonly accepts: string; read(text: string): string | null };

const oneOf = (values: readonly string[]): LabelReader => ({
  accepts: values.join(", "),
  read: (text) => values.find((one) => one.toLowerCase() === text.toLowerCase()) ?? null,
});

/**
 * Reads a history of labelled mails, a JSON object a line: `{"id", "subject", "body", "from", "labels": {"category": …}}`.
 * A bad line is a problem and is left out; a label of a field that is not learned is passed over. Never throws on what a
 * file may hold.
 *
 * @param queues the names of the desk's queues
 */
export function parseHistoryFile(
  text: string,
  fileName: string,
  queues: readonly string[],
): { readonly rows: readonly HistoryRow[]; readonly problems: readonly Problem[] } {
  const readers: Readonly<Record<LearnedField, LabelReader>> = {
    type: oneOf(TICKET_TYPES),
    category: { accepts: "a category", read: (label) => label.trim().toLowerCase() || null },
    queue: oneOf(queues),
    impact: oneOf(LEVELS),
    urgency: oneOf(LEVELS),
    spam: oneOf(["true", "false"]),
  };
  const rows: HistoryRow[] = [];
  const problems: Problem[] = [];
  const lineOf = new Map<string, number>();
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .forEach((content, at) => {
      if (content.trim() === "") return;
      const line = at + 1;
      const refuse = (path: string, holds: unknown, accepts: string): void =>
        void problems.push({ file: fileName, line, path, holds: shown(holds), accepts });
      const row = objectIn(content);
      if (row === null) return refuse("the line", content, "a JSON object");
      const id = textOf(row["id"]);
      const twice = lineOf.get(id);
      if (id === "") return refuse("id", row["id"], "a text that no other line has");
      if (twice !== undefined) return refuse("id", id, `a text that no other line has; line ${twice} has it`);
      const from = textOf(row["from"]);
      const address = from === "" ? "" : normaliseAddress(parseMailboxes(from)[0]?.address ?? from);
      if (address === null) return refuse("from", from, "a mail address, or nothing");
      const labels: Partial<Record<LearnedField, string>> = {};
      const given = isObject(row["labels"]) ? row["labels"] : {};
      for (const field of LEARNED_FIELDS) {
        const label = textOf(given[field]);
        if (label === "") continue;
        const read = readers[field].read(label);
        if (read === null)
          return refuse(
            `labels.${field}`,
            label,
            field === "queue" ? `a queue of this desk: ${suggest(label, queues)}` : readers[field].accepts,
          );
        labels[field] = read;
      }
      if (Object.keys(labels).length === 0)
        return refuse("labels", row["labels"], `at least one of ${LEARNED_FIELDS.join(", ")}`);
      lineOf.set(id, line);
      rows.push({
        id,
        subject: textOf(row["subject"]),
        body: textOf(row["body"]),
        from: address,
        labels,
        line,
      });
    });
  return { rows, problems };
}

function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Numbers and truth values are taken as people mean them; anything else is nothing. */
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

function shown(value: unknown): string {
  const text =
    typeof value === "string" ? `"${value}"` : value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
