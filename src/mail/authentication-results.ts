import type { HeaderField } from "./message.ts";
import { readReceivedBy } from "./received.ts";

/** One `method=result` of RFC 8601 §2.2 with its properties. */
export interface MethodResult {
  /** `dkim`, `dmarc`, `spf`; lower case. */
  readonly method: string;
  /** `pass`, `fail`, `none`, …; lower case. */
  readonly result: string;
  /** `header.d` → `msp.example`, both in lower case. A property that stands twice is in none: nobody can say which holds. */
  readonly properties: ReadonlyMap<string, string>;
}

/** RFC 8601 §2.2. */
interface AuthenticationResults {
  /** Lower case; `null` where the field begins with a result, as Exchange writes it. */
  readonly authservId: string | null;
  readonly results: readonly MethodResult[];
}

/** Where a mail server puts its own Authentication-Results, seen from the Received that it adds to the same mail. */
export type ResultsPlace = "above" | "below";

type BorderResults =
  | { readonly found: true; readonly results: readonly MethodResult[] }
  | { readonly found: false; readonly reason: "no-field" | "no-border" | "outside-border" };

const MAX_LENGTH = 20_000;

/** `null` for a field that is no Authentication-Results, or is too long to be one. */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
  if (value.length > MAX_LENGTH) return null;
  const segments = segmentsOf(value);
  const [first, ...others] = segments;
  if (first === undefined) return null;
  const [head] = first;
  if (head === undefined) return null;
  const named = head.value === null;
  const results = (named ? others : segments).map(resultOf).filter((result) => result !== null);
  return { authservId: named ? head.name : null, results };
}

/**
 * What the border's mail server found, by its exact authserv-id (RFC 8601 §5: whatever stands below the border is the
 * sender's own claim). The border is the topmost Received that a host of that name wrote; hops inside stand above it.
 *
 * `above`: all fields of the name above the border's Received count, and for each method the topmost one that has it.
 * `below`: the server writes its field under its own Received (Postfix with a milter, Gmail); then only the topmost field
 * counts, and only above the next Received, since what stands lower came with the mail.
 */
export function borderResults(
  headers: readonly HeaderField[],
  authservId: string,
  place: ResultsPlace,
): BorderResults {
  const own = authservId.toLowerCase();
  const received = headers.flatMap((field, index) => (field.name === "received" ? [index] : []));
  const border = received.find((index) => isHostOf(readReceivedBy(headers[index]?.value ?? ""), own));
  const fields = headers.flatMap((field, index) => {
    if (field.name !== "authentication-results") return [];
    const read = parseAuthenticationResults(field.value);
    return read === null || read.authservId !== own ? [] : [{ index, results: read.results }];
  });
  if (fields.length === 0) return { found: false, reason: "no-field" };
  if (border === undefined) return { found: false, reason: "no-border" };
  const end = place === "above" ? border : (received.find((index) => index > border) ?? headers.length);
  const inside = fields.filter((field) => field.index < end);
  if (inside.length === 0) return { found: false, reason: "outside-border" };
  const counted = place === "above" ? inside : inside.slice(0, 1);
  const seen = new Set<string>();
  const results = counted.flatMap((field) => {
    const fresh = field.results.filter((result) => !seen.has(result.method));
    for (const result of fresh) seen.add(result.method);
    return fresh;
  });
  return { found: true, results };
}

/** An authserv-id is the name of the host that writes it, or of its domain. */
function isHostOf(host: string | null, authservId: string): boolean {
  return host !== null && (host === authservId || host.endsWith(`.${authservId}`));
}

interface Term {
  /** Lower case. */
  readonly name: string;
  /** Lower case; `null` where no `=` follows. */
  readonly value: string | null;
}

function resultOf(terms: readonly Term[]): MethodResult | null {
  const [first, ...rest] = terms;
  if (first === undefined || first.value === null) return null;
  const properties = new Map<string, string>();
  const doubled = new Set<string>();
  for (const { name, value } of rest) {
    if (value === null) continue;
    if (properties.has(name)) doubled.add(name);
    properties.set(name, value);
  }
  for (const name of doubled) properties.delete(name);
  // `dkim/1=pass`: a method may name its version.
  return { method: first.name.split("/")[0] ?? "", result: first.value, properties };
}

/**
 * The terms of each part between semicolons: comments left out, quoted strings opened, blanks around `=` allowed. A quoted
 * string is one value whatever it holds: a local part such as `"x; dkim=pass"@evil.example` adds no result.
 */
function segmentsOf(value: string): readonly (readonly Term[])[] {
  const segments: Term[][] = [[]];
  let name = "";
  let held = "";
  let inValue = false;
  let depth = 0;
  let quoted = false;
  let gap = false;
  const finish = (): void => {
    const word = inValue ? name : held;
    if (word !== "") segments.at(-1)?.push({ name: word, value: inValue ? held : null });
    name = "";
    held = "";
    inValue = false;
    gap = false;
  };
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at] ?? "";
    if (char === "\\" && (quoted || depth > 0)) {
      at += 1;
      if (quoted) held += (value[at] ?? "").toLowerCase();
    } else if (quoted) {
      if (char === '"') quoted = false;
      else held += char.toLowerCase();
    } else if (char === "(") depth += 1;
    else if (depth > 0) {
      if (char === ")") depth -= 1;
    } else if (char === ";") {
      finish();
      segments.push([]);
    } else if (char === " " || char === "\t" || char === "\r" || char === "\n") {
      gap = true;
    } else if (char === "=" && !inValue && held !== "") {
      name = held;
      held = "";
      inValue = true;
      gap = false;
    } else {
      if (gap && held !== "") finish();
      gap = false;
      if (char === '"') quoted = true;
      else held += char.toLowerCase();
    }
  }
  finish();
  return segments.filter((segment) => segment.length > 0);
}
