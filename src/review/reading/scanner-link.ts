/**
 * Links that mail scanners rewrote, back to what they were. A technician's reply quotes the digest as the scanner left
 * it, so an untouched draft comes back with other links in it; none of them may reach a client.
 */

type UnwrappedLink =
  | { readonly kind: "plain"; readonly url: string }
  /** A scanner's link whose target only the scanner knows; `host` is the hint it shows, if any. */
  | { readonly kind: "opaque"; readonly host: string | null };

/** Takes off one wrapping after the other; the URL itself where no scanner is recognised. */
export function unwrapLink(link: string): UnwrappedLink {
  let url = link;
  for (let layer = 0; layer < 6; layer++) {
    const parsed = parse(url);
    if (parsed === null) break;
    const inner = unwrapOnce(parsed, url);
    if (inner === null) break;
    if (typeof inner !== "string") return { kind: "opaque", host: inner.host };
    if (!/^https?:\/\/[^\s/]/i.test(inner)) return { kind: "opaque", host: null };
    url = inner;
  }
  return { kind: "plain", url };
}

interface Opaque {
  readonly host: string | null;
}

function unwrapOnce(url: URL, written: string): string | Opaque | null {
  const host = url.hostname;
  const within = (domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
  const parameter = (name: string): string | Opaque => url.searchParams.get(name) ?? { host: null };
  if (within("safelinks.protection.outlook.com") || within("safelinks.protection.office365.us"))
    return parameter("url");
  if (
    within("safelinks.office.net") ||
    (host.startsWith("statics.teams.cdn") && url.pathname.includes("safelinks"))
  )
    return parameter("url");
  if (within("urldefense.proofpoint.com") || within("urldefense.com") || within("urldefense.us"))
    return fromProofpoint(url, written);
  if (within("linkprotect.cudasvc.com")) return parameter("a");
  if (within("mimecast.com") && /^\/(?:s|r)\//.test(url.pathname)) return { host: hint(url) };
  if (within("mimecastprotect.com")) return { host: hint(url) };
  if (within("secure-web.cisco.com")) return decoded(url.pathname.split("/").at(-1) ?? "");
  if (within("protection.sophos.com")) return fromBase64(url.searchParams.get("u"));
  if (within("trendmicro.com") && url.pathname.includes("/clicktime/")) return parameter("url");
  if (
    within("protect2.fireeye.com") ||
    within("clicktime.symantec.com") ||
    within("clicktime.cloud.postoffice.net")
  )
    return parameter("u");
  if (within("url.avanan.click")) return between(written, "___");
  if (within("url-protection.com")) return parameter("o");
  return null;
}

/** Proofpoint URL Defense: version 1 escapes with %, version 2 with - and _, version 3 keeps the link between `__`. */
function fromProofpoint(url: URL, written: string): string | Opaque {
  if (url.pathname.startsWith("/v1/")) return url.searchParams.get("u") ?? { host: null };
  if (url.pathname.startsWith("/v2/")) {
    const escaped = url.searchParams.get("u");
    return escaped === null ? { host: null } : decoded(escaped.replaceAll("-", "%").replaceAll("_", "/"));
  }
  if (!url.pathname.startsWith("/v3/__")) return { host: null };
  const start = written.indexOf("/v3/__") + 6;
  const end = written.indexOf("__;", start);
  if (end < 0) return { host: null };
  const body = written.slice(start, end).replace(/^([a-z]+:\/)(?!\/)/i, "$1/");
  const tail = written.slice(end + 3);
  const replaced = Buffer.from(tail.slice(0, Math.max(0, tail.indexOf("!!"))), "base64url").toString("utf8");
  return replaceStars(body, replaced);
}

/** `*` stands for the next character of the list, `**x` for a run of as many as x says. */
function replaceStars(body: string, replaced: string): string | Opaque {
  const runs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const characters = Array.from(replaced);
  let taken = 0;
  let out = "";
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== "*") {
      out += body[at];
      continue;
    }
    let count = 1;
    if (body[at + 1] === "*") {
      count = runs.indexOf(body[at + 2] ?? "") + 2;
      at += 2;
    }
    if (count < 1 || taken + count > characters.length) return { host: null };
    out += characters.slice(taken, taken + count).join("");
    taken += count;
  }
  return out;
}

function hint(url: URL): string | null {
  return url.searchParams.get("domain")?.toLowerCase() ?? null;
}

function decoded(escaped: string): string | Opaque {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return { host: null };
  }
}

function fromBase64(text: string | null): string | Opaque {
  return text === null || text === "" ? { host: null } : Buffer.from(text, "base64").toString("utf8");
}

function between(text: string, sign: string): string | Opaque {
  const start = text.indexOf(sign);
  const end = text.indexOf(sign, start + sign.length);
  return start < 0 || end < 0 ? { host: null } : text.slice(start + sign.length, end);
}

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

/** For comparing only: scheme and host in lower case, no slash behind a bare host, no escapes that differ in case. */
export function linkKey(url: string): string {
  const parsed = parse(url);
  if (parsed === null) return url.toLowerCase();
  const rest = parsed.pathname === "/" && parsed.search === "" && parsed.hash === "" ? "" : parsed.pathname;
  return `${parsed.protocol}//${parsed.username === "" ? "" : `${parsed.username}@`}${parsed.host}${rest}${parsed.search}${parsed.hash}`;
}
