import { normaliseAddress } from "../mail/address.ts";
import { isDay } from "./zoned-time.ts";
import { readCsv } from "./csv.ts";
import { suggest, type Problem } from "./problem.ts";
import type { Device } from "./ticket.ts";

/** One row of devices.csv; who it belongs to is still by name. */
export type ImportedDevice = Omit<Device, "id" | "clientId" | "contactId"> & {
  readonly client: string;
  /** addr-spec; "" for a shared device. */
  readonly contact: string;
  readonly line: number;
};

const COLUMNS = ["name", "client", "contact", "type", "os", "serial", "warranty", "notes"] as const;
type Column = (typeof COLUMNS)[number];
const NEEDED: readonly Column[] = ["name", "client"];

/** `Contact email` and `e-mail` are the contact too, `Warranty until` is the warranty. */
const OTHER_NAMES: Readonly<Record<string, Column>> = {
  "warranty until": "warranty",
  "warranty end": "warranty",
  "contact email": "contact",
  "contact e-mail": "contact",
  email: "contact",
  "e-mail": "contact",
};

const LONGEST = 500;

/**
 * Reads devices.csv row by row: a bad row is a problem and is left out. A header that is missing or has an unknown column
 * refuses the file. Never throws on what a file may hold.
 * @param clients the names of the desk's clients
 */
export function parseDeviceFile(
  text: string,
  fileName: string,
  clients: readonly string[],
): { readonly devices: readonly ImportedDevice[]; readonly problems: readonly Problem[] } {
  const [head, ...rows] = readCsv(text);
  const problems: Problem[] = [];
  const refuse = (line: number, path: string, holds: string, accepts: string): void => {
    const shown = holds === "" ? "nothing" : `"${holds.length > 60 ? `${holds.slice(0, 60)}…` : holds}"`;
    problems.push({ file: fileName, line, path, holds: shown, accepts });
  };
  const columns = columnsOf(head?.fields ?? [], (holds, accepts) =>
    refuse(head?.line ?? 1, "the header", holds, accepts),
  );
  if (columns === null) return { devices: [], problems };

  const clientOf = new Map(clients.map((name) => [name.toLowerCase(), name]));
  const lineOf = new Map<string, number>();
  const devices: ImportedDevice[] = [];
  for (const { line, fields } of rows) {
    const field = (column: Column): string => fields[columns.indexOf(column)] ?? "";
    const client = clientOf.get(field("client").toLowerCase());
    const contact = field("contact") === "" ? "" : normaliseAddress(field("contact"));
    const key = `${field("client")}\n${field("name")}`.toLowerCase();
    const long = COLUMNS.find((column) => field(column).length > LONGEST);
    const twice = lineOf.get(key);
    if (fields.length > columns.length)
      refuse(line, "the row", `${fields.length} fields`, `${columns.length} fields, as the header has`);
    else if (field("name") === "") refuse(line, "name", "", "the name on the device's label");
    else if (client === undefined)
      refuse(
        line,
        "client",
        field("client"),
        clients.length === 0
          ? "the name of a client, and there is none yet: import desk.yaml first"
          : `the name of a client: ${suggest(field("client"), clients)}`,
      );
    else if (contact === null) refuse(line, "contact", field("contact"), "a mail address, or nothing");
    else if (field("warranty") !== "" && !isDay(field("warranty")))
      refuse(line, "warranty", field("warranty"), "the last day of the warranty as 2027-03-31, or nothing");
    else if (long !== undefined) refuse(line, long, field(long), `a text of at most ${LONGEST} characters`);
    else if (twice !== undefined)
      refuse(line, "name", field("name"), `a name that stands once for a client; line ${twice} has it`);
    else {
      lineOf.set(key, line);
      const { name, type, os, serial, warranty, notes } = textsOf(field);
      devices.push({ name, client, contact, type, os, serial, warranty, notes, line });
    }
  }
  return { devices, problems };
}

/** Which column stands where; `null` where the header cannot be read, which is then told. */
function columnsOf(
  header: readonly string[],
  refuse: (holds: string, accepts: string) => void,
): readonly Column[] | null {
  const accepted = COLUMNS.join(", ");
  const columns: Column[] = [];
  for (const written of header) {
    const word = written.toLowerCase().replaceAll("_", " ");
    const column = COLUMNS.find((one) => one === word) ?? OTHER_NAMES[word];
    if (column === undefined || columns.includes(column)) {
      refuse(written, column === undefined ? suggest(word, COLUMNS) : `each of ${accepted} once`);
      return null;
    }
    columns.push(column);
  }
  const missing = NEEDED.filter((column) => !columns.includes(column));
  if (missing.length === 0) return columns;
  refuse(
    header.join(", "),
    `a first line that names the columns: ${accepted}; ${missing.join(" and ")} must be there`,
  );
  return null;
}

/** On one line each: they are shown in a row of a mail. */
function textsOf(field: (column: Column) => string): Record<Exclude<Column, "client" | "contact">, string> {
  const line = (column: Column): string => field(column).replaceAll(/\s+/g, " ");
  return {
    name: line("name"),
    type: line("type"),
    os: line("os"),
    serial: line("serial"),
    warranty: line("warranty"),
    notes: line("notes"),
  };
}
