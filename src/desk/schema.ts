import { isIP } from "node:net";
import { z } from "zod";
import { HOURS_FORM, parseHours } from "./calendar.ts";
import { suggest } from "./problem.ts";
import { isTimeZone } from "./zoned-time.ts";

/**
 * Building blocks for schemas of files that people write. INVARIANT: the error text of each schema is what the place
 * accepts, as a noun phrase; for `section` it is the list of its keys. `problem.ts` makes sentences of them.
 */

type Leaf<T> = z.ZodType<T>;

/** One value. `read` returns `undefined` for what it does not accept; `accepts` may look at the wrong value. */
export function leaf<T>(
  accepts: string | ((raw: unknown) => string),
  read: (raw: unknown) => T | undefined,
): Leaf<T> {
  return z.unknown().transform((raw, context): T => {
    const value = read(raw);
    if (value !== undefined) return value;
    context.issues.push({
      code: "custom",
      message: typeof accepts === "string" ? accepts : accepts(raw),
      input: raw,
    });
    return z.NEVER;
  });
}

/** A map with exactly these keys. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys : `a map with the keys ${keys}`),
  });
}

export function listOf<T>(item: Leaf<T>, accepts: string) {
  return z.array(item, { error: `a list of ${accepts}` });
}

/** A place whose schema depends on what it holds, so that the message is about the variant that was meant. */
export function choose<T>(pick: (raw: unknown) => Leaf<T>): Leaf<T> {
  return z.unknown().transform((raw, context): T => {
    const result = pick(raw).safeParse(raw);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, path: [...issue.path], input: raw } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

/** Not empty, on one line, without white space around it. */
export const text = (accepts = "a text, in quotes where it is a number"): Leaf<string> =>
  leaf(accepts, (raw) =>
    typeof raw === "string" && raw.trim() !== "" && !hasControl(raw.trim()) ? raw.trim() : undefined,
  );

/** Not trimmed: a password may begin or end with a blank. */
export const secret = (minimum = 1): Leaf<string> =>
  leaf(
    minimum === 1
      ? "a secret text, in quotes where it is a number"
      : `a secret of ${minimum} characters or more`,
    (raw) => (typeof raw === "string" && raw.length >= minimum ? raw : undefined),
  );

export const flag = (): Leaf<boolean> =>
  leaf("true or false", (raw) =>
    raw === true || raw === "true" ? true : raw === false || raw === "false" ? false : undefined,
  );

export const wholeNumber = (low: number, high: number, what = "a whole number"): Leaf<number> =>
  leaf(`${what} from ${low} to ${high}`, (raw) => {
    const number = typeof raw === "string" && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
    return typeof number === "number" && Number.isInteger(number) && number >= low && number <= high
      ? number
      : undefined;
  });

export const port = (): Leaf<number> => wholeNumber(0, 65_535, "a port number");

/** A price, a cost: zero or more, with decimals. */
export const amount = (): Leaf<number> =>
  leaf("a number of 0 or more, such as 2.5", (raw) => {
    const number = typeof raw === "string" && /^\d{1,9}(?:\.\d{1,9})?$/.test(raw) ? Number(raw) : raw;
    return typeof number === "number" && number >= 0 && number <= 1_000_000_000 ? number : undefined;
  });

/** A share of one: 0.05 is 5 %. */
export const share = (): Leaf<number> =>
  leaf("a number from 0 to 1, such as 0.05 for 5 %", (raw) =>
    typeof raw === "number" && raw >= 0 && raw <= 1 ? raw : undefined,
  );

export function oneOf<const T extends string>(...words: readonly T[]): Leaf<T> {
  return leaf(
    (raw) => (typeof raw === "string" ? suggest(raw, words) : words.join(", ")),
    (raw) => words.find((word) => word === raw),
  );
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** "15m" → milliseconds. Up to a year. */
export const duration = (): Leaf<number> =>
  leaf('a time such as "30s", "15m", "2h", "3d", or "0s"', (raw) => {
    if (raw === 0 || raw === "0") return 0;
    const match = typeof raw === "string" ? /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d)$/.exec(raw.trim()) : null;
    const milliseconds =
      match === null
        ? Number.NaN
        : Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? ""] ?? Number.NaN));
    return milliseconds <= 366 * 86_400_000 ? milliseconds : undefined;
  });

const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** "50MB" → bytes; a megabyte is 1024 × 1024, as mail servers count. */
export const size = (): Leaf<number> =>
  leaf('a size such as "512KB", "50MB" or "1GB"', (raw) => {
    const match =
      typeof raw === "string"
        ? /^(\d{1,9}(?:\.\d{1,3})?) ?(B|KB|MB|GB)$/.exec(raw.trim().toUpperCase())
        : null;
    const bytes = match === null ? 0 : Math.round(Number(match[1]) * (SIZE_UNITS[match[2] ?? ""] ?? 0));
    return bytes > 0 && bytes <= 1024 ** 4 ? bytes : undefined;
  });

/** A DNS name without a port; "localhost" counts. */
export const domain = (): Leaf<string> =>
  leaf("a domain such as contoso.example", (raw) => (isDomain(raw) ? raw.toLowerCase() : undefined));

export const host = (): Leaf<string> =>
  leaf("a host name or an IP address, without a port", (raw) =>
    typeof raw === "string" && (isIP(raw) > 0 || isDomain(raw)) ? raw : undefined,
  );

/** An addr-spec as people have them (RFC 5321 dot-string), with the domain in lower case. */
export const address = (): Leaf<string> =>
  leaf("a mail address such as ana@contoso.example", (raw) => {
    if (typeof raw !== "string" || raw.length > 254) return undefined;
    const at = raw.indexOf("@");
    const local = raw.slice(0, Math.max(at, 0));
    const name = raw.slice(at + 1);
    const atoms = local
      .split(".")
      .every((atom) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\uffff-]+$/.test(atom));
    return at > 0 && local.length <= 64 && atoms && isDomain(name)
      ? `${local}@${name.toLowerCase()}`
      : undefined;
  });

export const webUrl = (...schemes: readonly string[]): Leaf<string> =>
  leaf(`a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`, (raw) => {
    if (typeof raw !== "string" || !URL.canParse(raw)) return undefined;
    return schemes.some((scheme) => new URL(raw).protocol === `${scheme}:` && raw.startsWith(`${scheme}://`))
      ? raw
      : undefined;
  });

export const timeZone = (): Leaf<string> =>
  leaf("a time zone such as Europe/Berlin or UTC", (raw) =>
    typeof raw === "string" && isTimeZone(raw) ? raw : undefined,
  );

/** Checked and kept as written. */
export const hours = (): Leaf<string> =>
  leaf(HOURS_FORM, (raw) => {
    if (typeof raw !== "string") return undefined;
    try {
      parseHours(raw);
      return raw.trim();
    } catch {
      return undefined;
    }
  });

/** "127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353". */
export const nameServer = (): Leaf<string> =>
  leaf("an IP address, with a port where it is not 53, such as 127.0.0.1:5353", (raw) => {
    if (typeof raw !== "string") return undefined;
    if (isIP(raw) > 0) return raw;
    const colon = raw.lastIndexOf(":");
    const ip = raw.slice(0, Math.max(colon, 0));
    const bare = ip.startsWith("[") && ip.endsWith("]") ? ip.slice(1, -1) : ip;
    const family = isIP(bare);
    const number = Number(raw.slice(colon + 1));
    const bracketed = bare !== ip;
    const named = family === 4 ? !bracketed : family === 6 && bracketed;
    return named && /^\d{1,5}$/.test(raw.slice(colon + 1)) && number > 0 && number <= 65_535
      ? raw
      : undefined;
  });

function isDomain(raw: unknown): raw is string {
  if (typeof raw !== "string" || raw.length === 0 || raw.length > 253) return false;
  return raw
    .split(".")
    .every((label) =>
      /^[A-Za-z0-9\u00a1-\uffff_](?:[A-Za-z0-9\u00a1-\uffff_-]{0,61}[A-Za-z0-9\u00a1-\uffff_])?$/.test(label),
    );
}

function hasControl(value: string): boolean {
  for (const char of value) if (char < " " || char === "\u007f") return true;
  return false;
}
