import type { MemoryFigures } from "./memory.ts";
import type { DeskFigures, FloorFigures } from "./measure.ts";
import type { MailKind } from "./mails.ts";

export interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly floor: Partial<Record<MailKind, FloorFigures>>;
  /** The floor of a plain mail with as many statements as the desk needs. */
  readonly busyFloor: (FloorFigures & { readonly statements: number }) | null;
  readonly desk: Partial<Record<MailKind, DeskFigures>>;
  /** Plain mails with so many tickets in the database. */
  readonly tickets: Readonly<Record<number, DeskFigures>>;
  readonly memory: MemoryFigures | null;
  /** CPU milliseconds of a plain mail by thread. */
  readonly threads: Readonly<Record<string, number>>;
  readonly texts: readonly (readonly [string, number])[];
}

interface Aim {
  readonly what: string;
  readonly aim: string;
  readonly figure: number;
  readonly met: boolean;
  readonly unit: string;
}

/** What issue trackers of the same kind were measured at, for one plain mail. */
const REFERENCES = [
  "Request Tracker's gateway: 144 ms CPU, 204 SQL statements a plain mail.",
  "Redmine's: 87 ms, 71 statements.",
];

export function render(results: Results): string {
  const lines = [
    Object.entries(results.machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
    "",
    ...table(
      [
        "",
        "mails/s",
        "CPU ms/mail",
        "× floor",
        "SQL/mail",
        "+BEGIN/COMMIT",
        "250 p50/p95/p99 ms",
        "digests",
        "RSS MB",
      ],
      deskRows(results),
    ),
    "",
    ...table(
      [
        "at half load",
        "mails/s",
        "CPU ms/mail",
        "",
        "SQL/mail",
        "",
        "250 → review p50/p99 ms",
        "digests",
        "lost",
      ],
      halfRows(results),
    ),
    "",
    ...(Object.keys(results.threads).length === 0
      ? []
      : [
          `A plain mail's CPU by thread: ${Object.entries(results.threads)
            .map(([name, ms]) => `${name} ${shown(ms)}`)
            .join(", ")} ms.`,
          "",
        ]),
    ...(results.memory === null
      ? []
      : [
          `One mail of ${results.memory.mailMb.toFixed(1)} MB: ${results.memory.seconds.toFixed(1)} s to the review, ` +
            `resident memory ${results.memory.restMb.toFixed(0)} MB before, ${results.memory.peakMb.toFixed(0)} MB at its peak.`,
          "",
        ]),
    ...aims(results).map(
      ({ what, aim, figure, unit, met }) =>
        `${what} ${aim} ${unit}: ${shown(figure)} ${met ? "ok" : "missed"}`,
    ),
    "",
    ...REFERENCES,
  ];
  if (results.texts.length > 0)
    lines.push(
      "",
      "Statements a mail, plain, at half load:",
      ...results.texts.map(([text, times]) => `${times.toFixed(2).padStart(7)}  ${oneLine(text)}`),
    );
  return `${lines.join("\n")}\n`;
}

function deskRows(results: Results): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const kind of ["plain", "multipart"] as const) {
    const floor = results.floor[kind];
    const desk = results.desk[kind];
    if (floor) rows.push(floorRow(`floor, ${kind}`, floor, 1, floor));
    if (desk) rows.push(deskRow(kind, desk, floor));
    const { busyFloor } = results;
    if (kind === "plain" && floor && busyFloor !== null)
      rows.push(
        floorRow(`floor, ${busyFloor.statements} statements`, busyFloor, busyFloor.statements, floor),
      );
  }
  for (const [count, desk] of Object.entries(results.tickets))
    rows.push(deskRow(`plain, ${Number(count).toLocaleString("en")} tickets`, desk, results.floor.plain));
  return rows;
}

function floorRow(name: string, floor: FloorFigures, statements: number, least: FloorFigures): string[] {
  const times = floor === least ? "1" : shown(floor.cpuMs / least.cpuMs);
  return [name, shown(floor.perSecond), shown(floor.cpuMs), times, String(statements), "", "", "", ""];
}

function deskRow(name: string, desk: DeskFigures, floor: FloorFigures | undefined): string[] {
  return [
    name,
    shown(desk.perSecond),
    shown(desk.cpuMs),
    floor === undefined ? "" : shown(desk.cpuMs / floor.cpuMs),
    shown(desk.statements),
    shown(desk.transactions),
    [desk.acceptP50, desk.acceptP95, desk.acceptP99].map(shown).join(" / "),
    `${desk.digests} of ${desk.mails}`,
    shown(desk.peakRssMb),
  ];
}

function halfRows(results: Results): readonly (readonly string[])[] {
  const named = [
    ...Object.entries(results.desk),
    ...Object.entries(results.tickets).map(
      ([count, desk]) => [`plain, ${Number(count).toLocaleString("en")} tickets`, desk] as const,
    ),
  ];
  return named.map(([name, desk]) => [
    name,
    shown(desk.halfPerSecond),
    shown(desk.halfCpuMs),
    "",
    shown(desk.halfStatements),
    "",
    `${shown(desk.reviewP50)} / ${shown(desk.reviewP99)}`,
    String(desk.halfDigests),
    String(desk.lost),
  ]);
}

export function aims(results: Results): readonly Aim[] {
  const found: Aim[] = [];
  const most = (what: string, limit: number, figure: number | undefined, unit: string): void => {
    if (figure !== undefined) found.push({ what, aim: `≤ ${limit}`, figure, met: figure <= limit, unit });
  };
  const least = (what: string, limit: number, figure: number | undefined, unit: string): void => {
    if (figure !== undefined) found.push({ what, aim: `≥ ${limit}`, figure, met: figure >= limit, unit });
  };
  const { plain, multipart } = results.desk;
  most("plain", 5, plain?.cpuMs, "ms CPU");
  most("multipart", 8, multipart?.cpuMs, "ms CPU");
  least("plain", 200, plain?.perSecond, "mails/s");
  most("plain", 20, plain?.statements, "SQL statements a mail");
  most("plain, p95 to 250 at 16 connections", 100, plain?.acceptP95, "ms");
  most("plain, p99 from 250 to review at half load", 5000, plain?.reviewP99, "ms");
  const few = results.tickets[1000];
  const many = results.tickets[100_000] ?? results.tickets[10_000];
  if (few && many)
    least(
      `rate at ${results.tickets[100_000] ? "100,000" : "10,000"} tickets against 1,000`,
      80,
      (100 * many.perSecond) / few.perSecond,
      "%",
    );
  most("peak memory with a 50 MB mail", 256, results.memory?.peakMb, "MB");
  return found;
}

function shown(figure: number): string {
  if (Number.isNaN(figure)) return "none";
  return figure >= 100 ? figure.toFixed(0) : figure >= 10 ? figure.toFixed(1) : figure.toFixed(2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

function oneLine(sql: string): string {
  const line = sql.replaceAll(/\s+/g, " ");
  return line.length > 150 ? `${line.slice(0, 150)}…` : line;
}
