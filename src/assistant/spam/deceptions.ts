import type { Client } from "../../desk/ticket.ts";
import type { RiskFlag } from "../../desk/triage.ts";
import { RISK_KINDS } from "../../desk/triage.ts";
import { domainOf, isFreemail } from "../../mail/address.ts";
import type { Authentication } from "../../mail/authentication.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { brandOf, isBrandsOwn } from "./brands.ts";
import { misleadingLinks } from "./clues/link-clues.ts";
import { IMITATES, ON_PURPOSE, type Deception } from "./deception.ts";
import type { KnownPeople } from "./known-people.ts";
import type { HtmlView } from "./html-view.ts";
import { behindGateway } from "./rewritten-link.ts";
import { isNumberHost, linksInText, ownedDomain, readWebAddress } from "./web-address.ts";

type Looked = Pick<ParsedMessage, "from" | "replyTo" | "html" | "text" | "attachments">;

/** What deceives in a mail, worst first. Pure and linear, whatever the mail holds. */
export function findDeceptions(
  message: Looked,
  client: Client | null,
  authentication: Authentication | null,
  view: HtmlView | null,
  people: Pick<KnownPeople, "imitatedBy"> | null = null,
): readonly Deception[] {
  const own = [domainOf(message.from[0]?.address ?? ""), ...(client?.domains ?? [])].map(ownedDomain);
  return [
    ...forgedDomain(message, client, authentication),
    ...borrowedName(message),
    ...(people === null || client !== null ? [] : people.imitatedBy(message)),
    ...bodyDeceptions(message, view, own),
  ].sort((left, right) => right.weight - left.weight);
}

/** The client's own domain says that this mail is none of theirs. */
function forgedDomain(
  message: Looked,
  client: Client | null,
  authentication: Authentication | null,
): readonly Deception[] {
  if (client === null || authentication?.dmarc !== "fail") return [];
  const domain = domainOf(message.from[0]?.address ?? "");
  return [
    {
      kind: "sender",
      weight: 3,
      sentence: `it says that it is from ${domain}, and the check that ${domain} itself publishes (DMARC) fails`,
    },
  ];
}

/** The name of a well-known sender over an address that is not theirs. */
function borrowedName(message: Looked): readonly Deception[] {
  const [author] = message.from;
  if (author === undefined) return [];
  const brand = brandOf(author.name);
  if (brand === null || isBrandsOwn(brand, ownedDomain(domainOf(author.address)))) return [];
  return [
    {
      kind: "sender",
      weight: isFreemail(domainOf(author.address)) ? 4 : 3,
      sentence: `the sender calls itself "${author.name.slice(0, 60)}", the address is ${author.address}`,
    },
  ];
}

function bodyDeceptions(
  message: Looked,
  view: HtmlView | null,
  own: readonly string[],
): readonly Deception[] {
  const links = (view?.links ?? []).flatMap((link) => {
    const href = behindGateway(link.href);
    return href === null ? [] : [{ ...link, href }];
  });
  const found: Deception[] = [];
  const link = (weight: number, sentence: string): void => {
    if (!found.some((one) => one.sentence === sentence)) found.push({ kind: "link", weight, sentence });
  };
  for (const { shown, leadsTo } of misleadingLinks(links).slice(0, 5)) {
    // Companies show their own address over the link of whoever counts the clicks for them.
    if (!own.includes(ownedDomain(shown))) link(4, `the link shows ${shown} and leads to ${leadsTo}`);
  }
  const addresses = [...links.map((one) => one.href), ...linksInText(message.text, 100)].map(readWebAddress);
  for (const { host, hasUser } of addresses) {
    if (isNumberHost(host)) link(2, `a link leads to a bare number, ${host}`);
    else if (hasUser) link(3, `a link hides where it leads, to ${host}, behind an @`);
    else if (host.includes("xn--")) link(1, `a link leads to a name in another alphabet, ${host}`);
    else if (brandOf(hostWords(host)) !== null && !isKnownHost(host, own))
      link(3, `a link leads to ${host}, which borrows a well-known name`);
  }
  const tags = view?.tags;
  if ((tags?.get("form") ?? 0) > 0 && /type\s*=\s*["']?password/i.test(message.html ?? ""))
    link(4, "the mail itself has a form that asks for a password");
  for (const { filename, inline } of message.attachments) {
    if (!inline && /\.(?:s?html?|svg|hta|js|vbs|lnk|iso|scr|exe)$/i.test(filename))
      link(2, `"${filename.slice(-60)}" is attached, a kind of file that opens pages or programs`);
  }
  if (
    view !== null &&
    view.hidden.replace(/\s+/g, "").length > 100 &&
    view.brokenWords + view.encodedLetters > 5
  )
    link(2, "words that no reader sees are there for filters");
  return found.slice(0, 8);
}

/** `login.microsoft-secure.test` → `login microsoft secure test`. */
const hostWords = (host: string): string => host.slice(0, 200).replaceAll(/[^a-z0-9]+/g, " ");

function isKnownHost(host: string, own: readonly string[]): boolean {
  const owner = ownedDomain(host);
  const brand = brandOf(hostWords(host));
  return own.includes(owner) || (brand !== null && isBrandsOwn(brand, owner));
}

/** Of what deceives, what speaks for spam: who imitates a person whom the desk knows is for a person to judge. */
export const ofSpam = (deceptions: readonly Deception[]): readonly Deception[] =>
  deceptions.filter((one) => one.kind !== "person");

/**
 * Risk flags with what deceives. A sender who pretends is `spoofing`, and a matter of security too where they pretend to be one
 * of ours or of our clients'. What leads astray in a known client's mail is a
 * matter of security: they pass on what they were sent, or somebody else writes from their mailbox.
 */
export function withDeceptions(
  risks: readonly RiskFlag[],
  deceptions: readonly Deception[],
  known: boolean,
): readonly RiskFlag[] {
  const flags = new Map(risks.map((risk) => [risk.kind, risk.evidence]));
  const add = (kind: RiskFlag["kind"], told: readonly Deception[]): void => {
    if (told.length === 0) return;
    const sentences = told.slice(0, 3).map((one) => one.sentence);
    const before = flags.get(kind);
    flags.set(kind, [...(before === undefined ? [] : [before]), ...sentences].join("; "));
  };
  const links = deceptions.filter((one) => one.kind === "link" && one.weight >= ON_PURPOSE);
  const senders = deceptions.filter((one) => one.kind !== "link");
  add("spoofing", known ? senders : [...senders, ...links]);
  add(
    "security",
    deceptions.filter((one) => one.kind === "person" && one.weight >= IMITATES),
  );
  if (known) add("security", links);
  return RISK_KINDS.flatMap((kind) => {
    const evidence = flags.get(kind);
    return evidence === undefined ? [] : [{ kind, evidence }];
  });
}
