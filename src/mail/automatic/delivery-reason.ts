/** RFC 3463 status codes, and what servers write beside them, in words a technician understands. */

const later = "try again later";

/** What a server says, where its words tell more than its code; first match wins. */
const reasonByWords: readonly (readonly [RegExp, string])[] = [
  [
    /mailbox (?:is )?full|mailbox exceeds (?:its |the )?(?:allowed|maximum)|over ?quota|quota (?:exceeded|full)|exceeded (?:their|the|its|your) (?:storage|mailbox|quota)|out of storage|inbox (?:is )?full|mailbox size limit|insufficient (?:system )?storage|postfach (?:ist )?voll|speicherplatz|boîte .{0,30}pleine|buzón .{0,30}lleno|casella .{0,20}piena/,
    "mailbox full",
  ],
  [
    /greylist|graylist|try again later|temporarily deferred|temporary (?:local )?problem|come back later|service (?:temporarily )?unavailable|too many connections|rate limit/,
    later,
  ],
  [
    /domain (?:name )?(?:was )?not found|host (?:or domain name )?(?:was )?not found|unknown (?:host|domain)|nxdomain|no such domain|domain .{0,80}(?:does not|doesn't|couldn't be|could not be) (?:exist|found)|name or service not known|couldn't find any host|no mx|unrouteable (?:mail )?domain|dns error|host unknown|bad destination (?:system|host)/,
    "domain not found",
  ],
  [
    /\bspf\b|\bdkim\b|\bdmarc\b|not authenticated|unauthenticated/,
    "refused: the sender's domain could not be verified",
  ],
  [
    /\bspam\b|blacklist|black list|blocklist|block list|block-list|\brbl\b|dnsbl|spamhaus|reputation|unsolicited|junk mail|message (?:content )?rejected|content rejected|\bvirus\b|malware|banned sending|banned or (?:potentially )?offensive|prohibited content/,
    "refused as spam",
  ],
  [
    /too large|too big|message size|size limit|exceeds (?:the )?(?:maximum|fixed|size)|zu groß|trop volumineux|demasiado grande/,
    "message too large",
  ],
  [
    /mailbox (?:is )?(?:disabled|inactive|suspended|locked)|account (?:is |has been )?(?:disabled|inactive|suspended|locked|closed|deactivated)|inactive (?:user|mailbox)/,
    "mailbox is disabled",
  ],
  [
    /(?:user|mailbox|recipient|address|account|alias)\b.{0,40}\b(?:unknown|not found|invalid|rejected|disabled|unavailable|nonexistent|no longer)|(?:unknown|no such|invalid|nonexistent|bad) (?:local |destination |email )?(?:user|mailbox|recipient|address|account)|(?:does not|doesn't|didn't|did not) (?:exist|have an account)|(?:couldn't|could not|can't|cannot) be found|wasn't found|not (?:a )?(?:known|listed) |no mailbox here|recipientnotfound|user doesn't have|address not found|not our customer|unable to find (?:user|recipient)|not recogni[sz]ed|unknown (?:e-?mail )?(?:address|recipient)|nicht gefunden|existiert nicht|unbekannt|introuvable|n'existe pas|no existe|non esiste|bestaat niet/,
    "no such mailbox",
  ],
  [
    /not (?:permitted|authorized|authorised|allowed) to (?:send|relay|submit)|permission to send|only accepts mail from|restricted|relay(?:ing)? (?:access )?denied|relaying|not accepting messages from/,
    "not permitted to write to this mailbox",
  ],
  [/mail loop|routing loop|too many hops|hop count exceeded/, "mail loop between servers"],
  [
    /tim(?:ed|e) ?out|connection (?:refused|reset|dropped|lost)|network (?:is )?unreachable|no route to host|could not connect|unable to connect|not responding|host is unreachable|couldn't connect|no response|not reachable/,
    "the recipient's mail server did not answer",
  ],
];

/** By subject and detail of the enhanced status code, the class left out. */
const reasonByDetail: Readonly<Record<string, string>> = {
  "1.0": "no such mailbox",
  "1.1": "no such mailbox",
  "1.2": "domain not found",
  "1.3": "address is not valid",
  "1.4": "address is ambiguous",
  "1.6": "mailbox has moved",
  "1.7": "the sender's address was refused",
  "1.8": "the sender's address was refused",
  "1.10": "no such mailbox",
  "2.0": "mailbox unavailable",
  "2.1": "mailbox is disabled",
  "2.2": "mailbox full",
  "2.3": "message too large",
  "2.4": "the recipient's distribution list could not be read",
  "3.1": "the recipient's mail server is out of space",
  "3.2": "the recipient's mail server takes no mail at present",
  "3.4": "message too large",
  "4.1": "the recipient's mail server did not answer",
  "4.2": "the connection to the recipient's mail server broke",
  "4.4": "domain not found",
  "4.6": "mail loop between servers",
  "4.7": "the recipient's mail server did not answer in time",
  "7.1": "refused by the recipient's policy",
};

/**
 * @param status enhanced status code, or ""
 * @param diagnostic what the server said, and what of the notice's text stands around it
 */
export function plainReason(status: string, diagnostic: string, kind: "hard" | "soft"): string {
  const said = diagnostic.slice(0, 4000).toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
  const detail = status.slice(status.indexOf(".") + 1);
  // The code of an address is surer than words: a refusal's text names spam pages and policies on any occasion.
  if (status !== "" && /^1\.(?:1|10|2|3|6)$/.test(detail)) return reasonByDetail[detail] ?? "";
  // A refusal for good may be worded "service unavailable"; it will not help to try again.
  const words = reasonByWords.find(
    ([pattern, reason]) => (kind === "soft" || reason !== later) && pattern.test(said),
  )?.[1];
  if (words !== undefined) return words;
  const known = reasonByDetail[detail];
  if (status !== "" && known !== undefined) return known;
  if (detail.startsWith("7.")) return "refused by the recipient's policy";
  if (kind === "hard" && detail.startsWith("5."))
    return "the recipient's mail server did not understand ours";
  if (detail.startsWith("6.")) return "the recipient's mail server could not take this kind of content";
  return kind === "hard" ? "delivery failed" : later;
}
