import { isUnderDomains } from "../../desk/address-domain.ts";
import { addressSet } from "../../mail/address.ts";
import { hasHiddenCharacters } from "../../mail/parse/header-text.ts";
import { addressesIn, linksIn, plainForm, type FoundLink } from "./guard-links.ts";
import { promisesIn } from "./guard-promises.ts";
import { findSensitive } from "../sensitive.ts";

/** What a draft may name. */
export interface GuardRules {
  /** addr-specs: the reply's recipients and the desk. */
  readonly allowedAddresses: readonly string[];
  /** Host names; a subdomain of one is allowed too. */
  readonly allowedLinkHosts: readonly string[];
  /** The desk's own domains: addresses and links there are no surprise. */
  readonly ownDomains: readonly string[];
}

/** Longest reply that is read, in characters. */
const LONGEST = 50_000;

/**
 * What a reply to a client may not contain, as sentences for the reviewer; empty when nothing was found. It reads the
 * text as a client's mail program would show it: full-width and zero-width tricks are undone first.
 */
export function guardDraft(body: string, rules: GuardRules): readonly string[] {
  if (body.length > LONGEST) {
    const long = `The draft has ${body.length} characters; more than ${LONGEST} is no reply, and the rest was not looked at.`;
    return [long, ...guardDraft(body.slice(0, LONGEST), rules)];
  }
  const text = plainForm(body);
  const found = [
    ...addressFaults(text, rules),
    ...linkFaults(text, rules),
    ...secretFaults(text),
    ...codeFaults(text),
    ...promisesIn(text),
    ...guardMarkers(body),
  ];
  return [...new Set(found)];
}

/**
 * Leftovers of templates, marker lines and words of the desk's inside. For the result of an admin's template and for a
 * technician's edit, where addresses, links and promises are their author's own word.
 */
export function guardMarkers(body: string): readonly string[] {
  const text = plainForm(body);
  const lower = text.toLowerCase();
  const found: string[] = [];
  for (const leftover of ["{{", "}}", "[object object]", "lorem ipsum"]) {
    if (lower.includes(leftover)) found.push(`The draft holds "${leftover}", a leftover of a template.`);
  }
  for (const match of text.matchAll(/(?<![\p{L}\p{N}_])(?:undefined|TODO|FIXME|XXX)(?![\p{L}\p{N}_])/gu)) {
    found.push(`The draft holds "${match[0]}", a leftover of a template.`);
  }
  for (const match of text.matchAll(
    /\[\s?(?:your|ihr|insert|name|date|datum|first name|vorname|placeholder)[^\]\n]{0,40}\](?!\()/giu,
  )) {
    found.push(`The draft holds "${match[0]}", a place that was never filled in.`);
  }
  if (/\[\[\s{0,4}(?:end of )?draft/i.test(text))
    found.push("The draft holds a marker line of a review mail.");
  if (/a1\.[a-z2-7]{32}/iu.test(text)) found.push("The draft holds a review token.");
  if (/review\+[a-z0-9]/i.test(text)) found.push("The draft names the review address.");
  for (const phrase of INTERNAL) {
    if (lower.includes(phrase)) found.push(`The draft says "${phrase}", which is for the desk alone.`);
  }
  if (text.includes("[removed: ")) found.push("The draft shows a place where something was removed.");
  if (text.includes("![")) found.push("The draft holds a picture from elsewhere.");
  if (hasHiddenCharacters(body)) found.push("The draft holds characters that nobody can see.");
  return [...new Set(found)];
}

const INTERNAL = [
  "internal note",
  "interne notiz",
  "internal only",
  "nur intern",
  "not for the client",
  "nicht für den kunden",
  "do not send to client",
  "proposed draft",
  "as an ai",
  "language model",
];

function addressFaults(text: string, rules: GuardRules): readonly string[] {
  const allowed = addressSet(rules.allowedAddresses);
  return addressesIn(text)
    .filter((address) => {
      // A token must not be repeated in a warning; `guardMarkers` speaks of it.
      if (/\+a1\./i.test(address)) return false;
      if (allowed.has(address)) return false;
      return address.includes("+") || !isUnderDomains(address, rules.ownDomains);
    })
    .map((address) => `The draft names the address ${address}, which is neither the client's nor ours.`);
}

function linkFaults(text: string, rules: GuardRules): readonly string[] {
  return linksIn(text).flatMap((link) => {
    if (link.scheme === "mailto" || isAllowedLink(link, rules)) return [];
    return [
      isWebPage(link)
        ? `The draft links to ${link.host}, which is not on the list of allowed links.`
        : `The draft holds a link that is not a web page: ${link.shown}.`,
    ];
  });
}

const isWebPage = ({ scheme }: FoundLink): boolean => scheme === "http" || scheme === "https";

/** A web page on a host of the list or of the desk's own, or on one below it. */
export function isAllowedLink(
  link: FoundLink,
  rules: Pick<GuardRules, "allowedLinkHosts" | "ownDomains">,
): boolean {
  return (
    isWebPage(link) &&
    [...rules.allowedLinkHosts, ...rules.ownDomains]
      .map((host) => host.toLowerCase())
      .some((name) => name !== "" && (link.host === name || link.host.endsWith(`.${name}`)))
  );
}

function secretFaults(text: string): readonly string[] {
  return findSensitive(text)
    .filter((one) => one.kind !== "number")
    .map((one) => `The draft seems to hold ${one.kind.startsWith("a") ? "an" : "a"} ${one.kind}.`);
}

/** A code to sign in with. An error code names a fault, and `redact` must leave it to a model: so this is guard's alone. */
const SIGN_IN_CODE =
  /(?<![\p{L}\p{N}])(?:(?:one-time |security |verification |access |sign-in |login |auth(?:entication)? )?(?:code|otp)|einmalcode|bestätigungscode|sicherheitscode|zugangscode|codice|código)(?: (?:is|ist|lautet|est|es|è|é))?[: ]{1,3}(?:\d{3}[ -]?\d{1,5}|\d{2}(?: \d{2}){1,3})(?![\p{L}\p{N}])/giu;
const CODE_BEHIND =
  /(?<![\p{L}\p{N}])\d{3}[ -]?\d{3,5}(?![\p{L}\p{N}])[^.\n]{0,30}(?<![\p{L}\p{N}])(?:code|otp)(?![\p{L}\p{N}])/iu;
const FAULT =
  /(?:error|fault|exit|status|stop|fehler|return|area|zip|post(?:al)?|country|event|erreur|errore|erro|fout)[ -]?$/iu;

function codeFaults(text: string): readonly string[] {
  const codes = [...text.matchAll(SIGN_IN_CODE)].filter((match) => !FAULT.test(text.slice(0, match.index)));
  return codes.length === 0 && !CODE_BEHIND.test(text)
    ? []
    : ["The draft seems to hold a code to sign in with."];
}
