/** A link of a mail, taken apart as far as a filter asks. */
export interface WebAddress {
  /** Lower case: `https`, `http`, `mailto`, `javascript`, `data`; "" where there is none. */
  readonly scheme: string;
  /** Lower case, without port and user; "" where there is none. */
  readonly host: string;
  readonly port: string;
  /** `http://bank.example@192.0.2.1/`: what stands before the `@` is for the reader, not for the program. */
  readonly hasUser: boolean;
  readonly path: string;
}

/** No exception whatever it holds; blanks inside, as wrapped mails have them, are left out. */
export function readWebAddress(link: string): WebAddress {
  const text = link.slice(0, 2_000).replace(/\s+/g, "");
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]{0,20}):/.exec(text)?.[1]?.toLowerCase() ?? "";
  let rest = scheme === "" ? text : text.slice(scheme.length + 1);
  if (!rest.startsWith("//") && scheme !== "" && scheme !== "http" && scheme !== "https")
    return { scheme, host: "", port: "", hasUser: false, path: rest };
  rest = rest.replace(/^[/\\]+/, "");
  const end = rest.search(/[/?#\\]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf("@");
  const place = authority.slice(at + 1);
  const colon = place.indexOf(":");
  return {
    scheme,
    host: (colon === -1 ? place : place.slice(0, colon)).toLowerCase().replace(/(?<!\.)\.+$/, ""),
    port: colon === -1 ? "" : place.slice(colon + 1),
    hasUser: at !== -1,
    path: end === -1 ? "" : rest.slice(end),
  };
}

/** Addresses as numbers, in any spelling that programs take: `192.0.2.1`, `3221225985`, `0xc0.0.2.1`. */
export function isNumberHost(host: string): boolean {
  return /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}$/.test(host) || host.startsWith("[");
}

/** Endings under which many owners register, so that the owner's name is one label further left. */
const SHARED_ENDINGS = /^(?:co|com|org|net|gov|edu|ac|ne|or|go)\.[a-z]{2}$/;

/** The part of a host that somebody owns: `mail.contoso.co.uk` → `contoso.co.uk`. A guess by shape, without a list. */
export function ownedDomain(host: string): string {
  if (isNumberHost(host)) return host;
  const labels = host.split(".");
  const two = labels.slice(-2).join(".");
  return SHARED_ENDINGS.test(two) ? labels.slice(-3).join(".") : two;
}

const IN_TEXT = /\bhttps?:\/\/[^\s<>"')\]]{1,500}|\bwww\.[a-z0-9-]{1,63}\.[^\s<>"')\]]{1,500}/gi;

/** Links that stand in plain text. */
export function linksInText(text: string, most: number): readonly string[] {
  const found: string[] = [];
  for (const match of text.matchAll(IN_TEXT)) {
    if (found.length === most) break;
    found.push(match[0].replace(/(?<![.,;:!?])[.,;:!?]+$/, ""));
  }
  return found;
}
