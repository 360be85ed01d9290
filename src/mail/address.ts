import { domainToASCII } from "node:url";

import { freemailDomains, freemailFamilies } from "./freemail-domains.ts";

/** RFC 5321 §4.5.3.1. */
const longestLocalPart = 64;
const longestAddress = 254;

/**
 * An addr-spec as the desk keeps it: the local part as written, the domain in lower case and ASCII. Brackets and
 * `mailto:` around it are taken off. `null` where it is no address that mail can be sent to in one RCPT: no domain,
 * a domain literal, a route, or any white space, control, quote or comment in it.
 */
export function normaliseAddress(text: string): string | null {
  const bare = withoutWrapping(text.trim());
  const at = bare.lastIndexOf("@");
  if (at <= 0) return null;
  const local = unquoted(bare.slice(0, at));
  const domain = normaliseDomain(bare.slice(at + 1));
  if (local === null || domain === null) return null;
  const address = `${local}@${domain}`;
  return local.length <= longestLocalPart && address.length <= longestAddress ? address : null;
}

function withoutWrapping(text: string): string {
  const inner = text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1).trim() : text;
  return /^mailto:/i.test(inner) ? inner.slice(7) : inner;
}

/** Atoms, and what programs send in their place (two dots, a dot at the end); letters beyond ASCII by RFC 6532. */
function unquoted(local: string): string | null {
  const inner = local.length > 2 && local.startsWith('"') && local.endsWith('"') ? local.slice(1, -1) : local;
  return /^[^\s\p{C}"(),:;<>@[\\\]]+$/u.test(inner) ? inner : null;
}

function normaliseDomain(text: string): string | null {
  const plain = text.endsWith(".") ? text.slice(0, -1) : text;
  // domainToASCII follows the rules of URLs, which read "1.2" or "a%2eb" in their own way.
  if (plain === "" || !/^[^\s\p{C}!-,/:-@[-^`{-~]+$/u.test(plain)) return null;
  // eslint-disable-next-line no-control-regex
  const ascii = /[^\u0000-\u007f]/.test(plain) ? domainToASCII(plain) : plain.toLowerCase();
  if (ascii.length > 253) return null;
  return ascii.split(".").every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
    ? ascii
    : null;
}

/** Whether two addresses are one mailbox in practice: RFC 5321 lets local parts differ by case, no provider does. */
export function sameAddress(one: string, other: string): boolean {
  const first = normaliseAddress(one);
  return first !== null && first.toLowerCase() === normaliseAddress(other)?.toLowerCase();
}

/** Many addresses that are asked about one by one, as `sameAddress` compares them: by each to each, a long list takes minutes. */
export function addressSet(addresses: Iterable<string>): { has(address: string): boolean } {
  const keys = new Set<string>();
  for (const address of addresses) {
    const normal = normaliseAddress(address);
    if (normal !== null) keys.add(normal.toLowerCase());
  }
  return { has: (address) => keys.has(normaliseAddress(address)?.toLowerCase() ?? "") };
}

/** The domain of an addr-spec, lower case and ASCII; "" where it is none. */
export function domainOf(address: string): string {
  const normal = normaliseAddress(address);
  return normal === null ? "" : normal.slice(normal.lastIndexOf("@") + 1);
}

/** Whether a domain hands mailboxes to the public, so that two people in it have nothing in common. */
export function isFreemail(domain: string): boolean {
  const plain = normaliseDomain(domain);
  if (plain === null) return false;
  return freemailDomains.has(plain) || freemailFamilies.has(plain.slice(0, plain.indexOf(".")));
}
