import { domainOf, isFreemail } from "../../../mail/address.ts";
import type { ParsedMessage } from "../../../mail/message.ts";
import type { HtmlView } from "../html-view.ts";
import { linksInText, ownedDomain, readWebAddress } from "../web-address.ts";
import { those, type Clue } from "./clue.ts";
import { returnPathOf } from "./sender-clues.ts";

/** Fields of the road that are looked at, and links of each part. */
const MOST_HOPS = 8;
const MOST_LINKS = 60;

type Looked = Pick<ParsedMessage, "from" | "headers" | "text" | "messageId">;

/**
 * Whether the rest of a mail agrees with who says that they wrote it: the servers that it passed, where it leads, where its
 * pictures lie. A newsletter that somebody ordered comes from its author's servers and leads there; a forged one seldom does.
 */
export function authorClues(message: Looked, view: HtmlView | null): readonly Clue[] {
  const domain = domainOf(message.from[0]?.address ?? "");
  if (domain === "") return [];
  const author = ownedDomain(domain);
  const freemail = isFreemail(domain);
  const owners = (links: readonly string[]): readonly string[] =>
    links
      .slice(0, MOST_LINKS)
      .map((link) => readWebAddress(link).host)
      .filter((host) => host !== "")
      .map(ownedDomain);
  const linked = owners([
    ...linksInText(message.text, MOST_LINKS),
    ...(view?.links ?? []).map(({ href }) => href),
  ]);
  const pictured = owners(view?.images ?? []);
  const hops = message.headers.filter(({ name }) => name === "received").slice(0, MOST_HOPS);
  const passed = hops.some(({ value }) => names(value, author));
  const path = domainOf(returnPathOf(message) ?? "");
  const kind = freemail ? "freemail" : "own";
  const id = ownedDomain(domainOf((message.messageId ?? "").replace(/[<>]/g, "")));
  return those({
    [`author-${kind}:hop`]: passed,
    [`author-${kind}:no-hop`]: hops.length > 0 && !passed,
    [`author-${kind}:path`]: path !== "" && ownedDomain(path) === author,
    "id:hop": id !== "" && hops.some(({ value }) => names(value, id)),
    "id:no-hop": id !== "" && hops.length > 0 && !hops.some(({ value }) => names(value, id)),
    "author:linked": linked.includes(author),
    "author:not-linked": linked.length > 0 && !linked.includes(author),
    "author:only-linked": linked.length > 0 && linked.every((owner) => owner === author),
    "author:pictured": pictured.includes(author),
    "author:not-pictured": pictured.length > 0 && !pictured.includes(author),
    "author:pictures-as-links": pictured.length > 0 && pictured.every((owner) => linked.includes(owner)),
  });
}

/** What stands between the last white space before a place and the place itself. */
function lastWord(text: string, end: number): string {
  let start = end;
  while (start > 0 && /\S/.test(text.charAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

/** Whether a Received field names a host of this owner: `from mail.contoso.example (…)`. */
function names(received: string, owner: string): boolean {
  const text = received.slice(0, 1_000).toLowerCase();
  for (let at = text.indexOf(owner); at !== -1; at = text.indexOf(owner, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + owner.length] ?? " ";
    // An address in "for <…>" or "from someone@…" is no host.
    if (/[\s.([=]/.test(before) && !/[a-z0-9-]/.test(after) && !lastWord(text, at).includes("@")) return true;
  }
  return false;
}
