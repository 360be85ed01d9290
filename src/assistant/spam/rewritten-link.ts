import { readWebAddress } from "./web-address.ts";

/** Mail gateways put their own address before every link; in which parameter they keep the one that was there. */
const GATEWAYS: readonly (readonly [host: RegExp, parameters: readonly string[]])[] = [
  [/(?:^|\.)safelinks\.protection\.outlook\.com$/, ["url"]],
  [/(?:^|\.)urldefense\.(?:com|proofpoint\.com)$/, ["u"]],
  [/(?:^|\.)linkprotect\.cudasvc\.com$/, ["a"]],
  [/(?:^|\.)protection\.sophos\.com$/, ["d", "u"]],
  [/(?:^|\.)mimecast(?:protect)?\.com$/, ["domain"]],
  [/^(?:www\.)?google\.[a-z.]{2,6}$/, ["q", "url"]],
];

/**
 * Where a link leads behind the gateway that rewrote it: `https://eur01.safelinks.protection.outlook.com/?url=…` → what
 * stands there. A gateway's link that does not tell is `null`: it says nothing about the sender.
 */
export function behindGateway(href: string): string | null {
  const { host, path } = readWebAddress(href);
  const gateway = GATEWAYS.find(([pattern]) => pattern.test(host));
  if (gateway === undefined) return href;
  // Proofpoint's third version: `/v3/__https://contoso.example/__;…`.
  const inPath = /\/v3\/__(.{1,1500}?)__/.exec(path)?.[1];
  if (inPath !== undefined) return inPath;
  const query = path.slice(path.indexOf("?") + 1);
  for (const pair of query.split("&").slice(0, 30)) {
    const [name = "", value = ""] = pair.split("=", 2);
    if (!gateway[1].includes(name.replace(/^amp;/, ""))) continue;
    const plain = decoded(value);
    if (plain.includes(".")) return plain.includes("://") ? plain : `https://${plain}/`;
  }
  return /google/.test(host) ? href : null;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Proofpoint's second version writes `-` for `%` and `_` for `/`.
    return value;
  }
}
