import { isUnderDomains } from "../../desk/address-domain.ts";
import { domainOf, isFreemail, sameAddress } from "../../mail/address.ts";
import type { Mailbox, ParsedMessage } from "../../mail/message.ts";
import type { Deception } from "./deception.ts";
import { LikeDomains, type Likeness } from "./like-domain.ts";
import { asSeen } from "./look-alikes.ts";
import { ownedDomain } from "./web-address.ts";

/** Somebody whose name a fraud may borrow. */
export interface KnownPerson {
  readonly name: string;
  /** addr-specs that are theirs. */
  readonly addresses: readonly string[];
  /** `contact`: of a client. */
  readonly kind: "technician" | "admin" | "contact";
  readonly vip: boolean;
  /** Whose they are: the client's name; "" for the desk's own. */
  readonly client: string;
  /** Domains from which a mail in their name is none of our business: their client's, or the desk's. */
  readonly domains: readonly string[];
}

/** The names and domains that a desk knows, as an outsider may imitate them. Built seldom, asked for each mail. */
export class KnownPeople {
  readonly #byName = new Map<string, KnownPerson[]>();
  readonly #domains = new LikeDomains<string>();

  /** @param domains with whose they are: a client's name, or "" for the desk */
  constructor(
    people: readonly KnownPerson[],
    domains: readonly { readonly domain: string; readonly client: string }[],
  ) {
    for (const person of people) {
      const key = nameKey(person.name);
      if (key !== "") this.#byName.set(key, [...(this.#byName.get(key) ?? []), person]);
    }
    for (const { domain, client } of domains)
      if (!isFreemail(domain)) this.#domains.add(ownedDomain(domain.toLowerCase()), client);
  }

  /**
   * Whose name or domain an author's resembles without being it, worst first. People of one name are many: the sentence says
   * what is seen, and a person decides.
   */
  imitatedBy({ from, replyTo }: Pick<ParsedMessage, "from" | "replyTo">): readonly Deception[] {
    const [author] = from;
    if (author === undefined || author.address === "") return [];
    return [...this.#borrowedName(author, replyTo), ...this.#likeDomain(author)].sort(
      (left, right) => right.weight - left.weight,
    );
  }

  #borrowedName(author: Mailbox, replyTo: readonly Mailbox[]): readonly Deception[] {
    const people =
      this.#byName.get(nameKey(author.name)) ?? this.#byName.get(nameKey(headOf(author.name))) ?? [];
    // One of that name who may write from there settles it.
    if (people.some((person) => isTheirs(person, author.address))) return [];
    const [person] = people.toSorted((left, right) => weightOf(right) - weightOf(left));
    if (person === undefined) return [];
    const elsewhere = replyTo.find(
      ({ address }) => !sameAddress(address, author.address) && !isTheirs(person, address),
    );
    const who = `${person.name} (${whoIs(person)})`;
    const doubt = person.kind === "contact" && elsewhere === undefined ? "; it may be a private address" : "";
    const reply = elsewhere === undefined ? "" : `, and replies would go to ${elsewhere.address}`;
    return [
      {
        kind: "person",
        weight: elsewhere === undefined ? weightOf(person) : 3,
        sentence: `it looks like ${who} but comes from ${author.address}${reply}${doubt}`,
      },
    ];
  }

  #likeDomain(author: Mailbox): readonly Deception[] {
    const domain = domainOf(author.address);
    if (isFreemail(domain)) return [];
    const like = this.#domains.like(ownedDomain(domain)) ?? this.#domains.within(domain);
    if (like === null) return [];
    const whose = like.owner === "" ? "the desk’s own" : `${like.owner}’s`;
    return [
      {
        kind: "person",
        weight: LIKENESS[like.how],
        sentence: `its domain ${domain} looks like ${like.domain}, ${whose}, and is not${
          like.how === "ending" ? "; it may be another office of theirs" : ""
        }`,
      },
    ];
  }
}

/** The same name under another ending may be the same company. */
const LIKENESS: Readonly<Record<Likeness, number>> = {
  looks: 3,
  within: 3,
  hyphen: 3,
  letter: 2,
  ending: 1,
};

const weightOf = ({ kind, vip }: KnownPerson): number => (kind !== "contact" || vip ? 2 : 1);

function whoIs({ kind, client, vip }: KnownPerson): string {
  if (kind !== "contact") return kind === "admin" ? "an admin here" : "a technician here";
  return vip ? `${client}, VIP` : client;
}

const isTheirs = ({ addresses, domains }: KnownPerson, address: string): boolean =>
  addresses.some((own) => sameAddress(own, address)) || isUnderDomains(address, domains);

/**
 * A name as it is compared: `Ruiz, Ana`, `ANA RUIZ`, `Ana Ruiz (Contoso)` and `Аna Ruiz` with a Cyrillic А are one. "" for a single word: too many bear it.
 */
function nameKey(name: string): string {
  const words =
    asSeen(
      name.slice(0, 120).replaceAll(/\([^()]*\)|\[[^[\]]*\]|\S+@\S+|\s(?:via|\||-|–)\s.*$/gu, " "),
    ).match(/[\p{L}'’-]+/gu) ?? [];
  const own = words.filter((word) => !TITLES.has(word));
  return own.length < 2 || own.length > 5 ? "" : own.toSorted().join(" ");
}

/** `Dana Wu, Support Desk` → `Dana Wu`. */
const headOf = (name: string): string => name.split(",", 1)[0] ?? "";

const TITLES = new Set("dr prof mr mrs ms mx herr frau ing dipl mag mme sr sra".split(" "));
