import { domainOf, isFreemail, sameAddress } from "../../../mail/address.ts";
import type { Authentication } from "../../../mail/authentication.ts";
import { headerOf, type ParsedMessage } from "../../../mail/message.ts";
import { ownedDomain } from "../web-address.ts";
import { stepsOf, those, type Clue } from "./clue.ts";

type Addressed = Pick<ParsedMessage, "from" | "replyTo" | "to" | "cc" | "headers" | "sender">;

/** Parts before the `@` that stand for an office, not for somebody. */
const ROLES = new Set(
  (
    "admin contact customer customers deals help info list mail mailer marketing news newsletter no-reply noreply offer " +
    "offers office order orders promo promos sales service services subscription subscriptions support team webmaster"
  ).split(" "),
);

/** Who says they wrote it, and whether the addresses agree with one another. */
export function senderClues(message: Addressed): readonly Clue[] {
  const [author] = message.from;
  if (author === undefined) return ["from:none"];
  const { name, address } = author;
  const local = address.slice(0, Math.max(0, address.lastIndexOf("@")));
  const letters = local.toLowerCase().replace(/[^a-z]/g, "");
  const domain = domainOf(address);
  const owner = ownedDomain(domain);
  const reply = message.replyTo[0]?.address ?? null;
  const path = returnPathOf(message);
  const shown = addressShownIn(name);
  return [
    `from-domain:${owner}`,
    `from-ending:${domain.slice(domain.lastIndexOf(".") + 1)}`,
    ...formOf("from-form", headerOf(message, "from")),
    ...stepsOf("from:local-length", local.length / 4, 8),
    `from:name-words:${Math.min(5, name.split(/\s+/).filter((word) => word !== "").length)}`,
    ...stepsOf("from:digits", local.match(/\d/g)?.length ?? 0, 8),
    ...(reply === null ? [] : [sameAddress(reply, address) ? "reply:same" : "reply:other-address"]),
    ...those({
      "from:several": message.from.length > 1,
      "from:no-name": name === "",
      "from:name-is-address": shown !== null && sameAddress(shown, address),
      "from:name-shows-other-address": shown !== null && !sameAddress(shown, address),
      "from:name-in-capitals": /\p{Lu}{4}/u.test(name) && name === name.toUpperCase(),
      "from:name-with-digits": /\d/.test(name),
      "from:full-name": /^\p{Lu}[\p{L}'’.-]+(?: \p{Lu}[\p{L}'’.-]*)+$/u.test(name),
      "from:freemail": isFreemail(domain),
      "from:role": ROLES.has(/^(?:no-reply|[a-z]+)/.exec(local.toLowerCase())?.[0] ?? ""),
      "from:host": domain !== owner,
      "from:local-dotted": /^[a-z]+\.[a-z]+$/i.test(local),
      "from:local-in-name":
        letters.length > 2 &&
        name
          .toLowerCase()
          .replace(/[^a-z]/g, "")
          .includes(letters),
      "from:many-labels": domain.split(".").length > 3,
      "from:odd-local": /[^aeiouy\d._-]{6}|\d[a-z]+\d[a-z]+\d/i.test(local),
      "from:shouting-local": /^[A-Z0-9._-]{4,}$/.test(local),
      "reply:other-owner": reply !== null && ownedDomain(domainOf(reply)) !== owner,
      "reply:freemail-for-company": reply !== null && isFreemail(domainOf(reply)) && !isFreemail(domain),
      "path:other-owner": path !== null && ownedDomain(domainOf(path)) !== owner,
      "path:empty": (headerOf(message, "return-path") ?? "").trim() === "<>",
      "path:same": path !== null && sameAddress(path, address),
    }),
  ];
}

/** The address that stands in a display name; `null` without one. */
const addressShownIn = (name: string): string | null =>
  /(?<![^\s<>"'(])[^\s<>"'(]+@[^\s<>"')]+/.exec(name)?.[0] ?? null;

/** The address of the Return-Path, where a server has written one (RFC 5321 §4.4); `null` for `<>` and without one. */
export const returnPathOf = (message: Pick<ParsedMessage, "headers">): string | null =>
  /(?<![^<>\s])[^<>\s]+@[^<>\s]+/.exec(headerOf(message, "return-path") ?? "")?.[0] ?? null;

/** How a program writes an address: `"Ana Ruiz" <a@x>`, `Ana Ruiz <a@x>`, `<a@x>`, `a@x`, `a@x (Ana Ruiz)`. Each keeps to its habit. */
function formOf(name: string, field: string | undefined): readonly Clue[] {
  const text = (field ?? "").trim();
  if (text === "") return [];
  const forms: readonly (readonly [form: string, looks: RegExp])[] = [
    ["quoted", /^"/],
    ["angle", /^</],
    ["bare", /^[^<\s]+@\S+$/],
    ["comment", /\)$/],
    ["encoded", /^=\?/],
  ];
  return [`${name}:${forms.find(([, looks]) => looks.test(text))?.[0] ?? "plain"}`];
}

/** To whom it says it goes. Names are left out: the desk's own address stands there in every mail. */
export function recipientClues(message: Addressed): readonly Clue[] {
  const all = [...message.to, ...message.cc];
  const [author] = message.from;
  const field = headerOf(message, "to");
  const domains = new Set(all.map(({ address }) => domainOf(address)));
  const locals = all.map(({ address }) => address.slice(0, address.lastIndexOf("@")).toLowerCase());
  return [
    ...formOf("to-form", field),
    ...stepsOf("to:count", all.length, 32),
    ...stepsOf("to:domains", domains.size, 16),
    ...stepsOf("cc:count", message.cc.length, 16),
    ...those({
      "to:undisclosed": field !== undefined && /undisclosed|recipient/i.test(field) && all.length <= 1,
      "to:unreadable": field !== undefined && field.trim() !== "" && message.to.length === 0,
      "to:author":
        author !== undefined && message.to.some(({ address }) => sameAddress(address, author.address)),
      "to:named": message.to.some(({ name, address }) => name !== "" && !sameAddress(name, address)),
      "to:name-is-local": message.to.some(
        ({ name, address }) => name !== "" && address.toLowerCase().startsWith(`${name.toLowerCase()}@`),
      ),
      // Sorted neighbours of one name are a bought list.
      "to:neighbours":
        locals.filter((local, at) => at > 0 && local.slice(0, 5) === locals[at - 1]?.slice(0, 5)).length >= 2,
    }),
  ];
}

/** What was proven about the sender, where it was checked. */
export function authenticationClues(authentication: Authentication | null): readonly Clue[] {
  if (authentication === null) return [];
  const { spf, dkim, dmarc } = authentication;
  return [`spf:${spf}`, `dkim:${dkim}`, `dmarc:${dmarc}`];
}
