import type { HtmlLink } from "../html-view.ts";
import { isNumberHost, linksInText, ownedDomain, readWebAddress, type WebAddress } from "../web-address.ts";
import { stepsOf, those, type Clue } from "./clue.ts";

const MOST = 200;
const SHORTENERS = new Set(
  "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd cutt.ly rebrand.ly rb.gy t.ly shorturl.at".split(" "),
);

/** Where the links of a mail lead, and whether they say so. */
export function linkClues(text: string, links: readonly HtmlLink[]): readonly Clue[] {
  const inText = linksInText(text, MOST).map(readWebAddress);
  const inHtml = links.map(({ href }) => readWebAddress(href));
  const all = [...inText, ...inHtml];
  const web = all.filter(({ host }) => host !== "");
  const owners = new Set(web.map(({ host }) => ownedDomain(host)));
  return [
    ...stepsOf("links", web.length),
    ...stepsOf("link-owners", owners.size, 16),
    ...[...owners].slice(0, 40).map((owner) => `link-to:${isNumberHost(owner) ? "number" : owner}`),
    ...[...new Set(web.map(({ host }) => host.slice(host.lastIndexOf(".") + 1)))]
      .filter((ending) => /^[a-z]{2,10}$/.test(ending))
      .map((ending) => `link-ending:${ending}`),
    ...[...new Set(web.flatMap(pathWords))].slice(0, 40).map((word) => `link-word:${word}`),
    ...those({
      "link:number-host": web.some(({ host }) => isNumberHost(host)),
      "link:port": web.some(({ port }) => port !== "" && port !== "80" && port !== "443"),
      "link:user": web.some(({ hasUser }) => hasUser),
      "link:escaped-host": web.some(({ host }) => host.includes("%")),
      "link:many-labels": web.some(({ host }) => host.split(".").length > 4),
      "link:punycode": web.some(({ host }) => host.includes("xn--")),
      "link:shortened": web.some(({ host }) => SHORTENERS.has(host)),
      "link:script": all.some(({ scheme }) => scheme === "javascript" || scheme === "data"),
      "link:mail-only": web.length === 0 && all.some(({ scheme }) => scheme === "mailto"),
      "link:mail-with-subject": all.some(
        ({ scheme, path }) => scheme === "mailto" && /[?&]subject=/i.test(path),
      ),
      "link:redirect": web.some(({ path }) => /https?(?::|%3a)/i.test(path)),
      "link:leads-elsewhere": misleadingLinks(links).length > 0,
      "link:picture": links.some((link) => link.hasImage),
      "link:click-here": links.some((link) => /^(?:please )?click(?: here)?\b|^here$/i.test(link.text)),
    }),
  ];
}

/** Words of a path that say what it is for: `unsubscribe`, `login`, `cgi-bin`. */
function pathWords({ path }: WebAddress): readonly string[] {
  return (
    path
      .slice(0, 200)
      .toLowerCase()
      .match(/[a-z]{3,20}/g) ?? []
  ).slice(0, 6);
}

interface Misleading {
  /** The host that the reader sees. */
  readonly shown: string;
  /** The host that it leads to. */
  readonly leadsTo: string;
}

/** `report.pdf` is a file's name, not an address. */
const FILE_NAME = /\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|rtf|png|jpe?g|gif|svg|zip|html?|eml|msg|mp[34])$/i;
const SHOWN_HOST = /^(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?=[/?#:\s]|$)/i;

/** Links whose text is an address of one owner while they lead to another's. */
export function misleadingLinks(links: readonly HtmlLink[]): readonly Misleading[] {
  const found = new Map<string, Misleading>();
  for (const { href, text } of links) {
    const shown = SHOWN_HOST.exec(text)?.[1]?.toLowerCase();
    if (shown === undefined || (FILE_NAME.test(shown) && !/^https?:/i.test(text))) continue;
    const { host, scheme } = readWebAddress(href);
    if (host === "" || (scheme !== "http" && scheme !== "https")) continue;
    if (ownedDomain(host) !== ownedDomain(shown)) found.set(`${shown} ${host}`, { shown, leadsTo: host });
  }
  return [...found.values()];
}
