import type { GateCode } from "./gate.ts";
import type { ProofKind } from "./proof.ts";

/** What to do about a check that a reply failed, in words for an admin. */

export const PROOF_NAMES: Readonly<Record<ProofKind, string>> = {
  dkim: "a DKIM signature, verified by the desk",
  "authentication-results": "the Authentication-Results of your mail server",
  exchange: "Exchange's own headers in its mailbox",
  token: "the token alone, which proves nothing about the sender",
  console: "the console's sign-in",
};

interface AdvicePlace {
  /** Domain of the technician's address. */
  readonly domain: string;
  /** The configured authserv-id; "" for none. */
  readonly authservId: string;
}

type Advice = (place: AdvicePlace) => string;

const SET_UP_DKIM: Advice = ({ domain }) =>
  `Set up DKIM for ${domain}: in Microsoft 365 in the Defender portal under Email authentication settings, DKIM; in Google Workspace in the Admin console under Apps, Gmail, Authenticate email; elsewhere at whoever sends the mail of ${domain}. A domain that signs in its place, such as its onmicrosoft.com, can be named under review.signing_domains.`;
const SIGN_MORE: Advice = ({ domain }) =>
  `Let the server that signs for ${domain} sign From, To, Subject and Message-ID, and the whole body.`;
const NO_REWRITING: Advice = () =>
  "Something on the way changes the mail: a gateway that adds a disclaimer or rewrites links. Let it leave mail to the review address alone, or accept another proof under review.identity (exchange, or authentication-results of the server that checks before).";

const BY_CHECK: Readonly<Record<string, Advice>> = {
  // signatureChecks
  signed: SET_UP_DKIM,
  "signature-not-expired": ({ domain }) =>
    `Send it again. If that happens often, let the server that signs for ${domain} set x= to some days, or leave it out; and look whether the desk's clock is right.`,
  "signature-verifies": NO_REWRITING,
  "signed-by-the-author-domain": SET_UP_DKIM,
  "same-author-domain": () => "Send it with one plain From address.",
  "dmarc-passes": ({ domain }) =>
    `Publish a DMARC record for ${domain}, such as: _dmarc.${domain} TXT "v=DMARC1; p=quarantine". Its DKIM signature has to name ${domain} or a domain of the same organisation.`,
  "whole-body-signed": SIGN_MORE,
  "no-rsa-sha1": ({ domain }) => `Let the server that signs for ${domain} use rsa-sha256.`,
  "key-of-1024-bits": ({ domain }) => `Give ${domain} a new DKIM key of 2048 bits.`,
  "from-signed": SIGN_MORE,
  "subject-signed": SIGN_MORE,
  "to-signed-or-digest-named": () =>
    "Reply without changing the subject: it names the digest. Or let the server sign To.",
  "to-or-message-id-signed": SIGN_MORE,
  "mail-was-checked": () => "Reply with a shorter mail, without large attachments.",
  // the border's mail server
  "authserv-id-is-set": () =>
    "Set review.authserv_id to the name your mail server writes first in Authentication-Results.",
  "no-field": ({ authservId }) =>
    `Let the mail server check DKIM and DMARC and write its result, with the name ${authservId}. Look into the source of a mail for the name it really uses, and set review.authserv_id to it.`,
  "no-border": ({ authservId }) =>
    `Let the mail take the way through ${authservId}; the desk's own SMTP intake should be reached by that server alone. If its Received names another host, set review.authserv_id to the name that both share.`,
  "outside-border": () =>
    "If your mail server writes its results under its own Received (Postfix with a milter, Gmail) and takes forged ones off, set review.authserv_results: below.",
  // Exchange
  "from-exchange-mailbox": () =>
    "Let the desk read its mailbox by IMAP from outlook.office365.com, or set exchange: true on an imap intake of your own Exchange server.",
  "exchange-stamped": () =>
    "Look whether the mailbox is really Exchange's: its mails bear X-MS-Exchange-Organization-AuthAs.",
  "exchange-headers-once": () => "Look for a rule or connector that copies Exchange's headers.",
  "exchange-results": SET_UP_DKIM,
  "exchange-internal": () => "Send it from an account of the desk's own tenant, or sign its mail with DKIM.",
  "exchange-tenant": () => "Send it from an account of the desk's own tenant, or sign its mail with DKIM.",
};

const BY_CODE: Partial<Readonly<Record<GateCode, string>>> = {
  "sender-not-registered":
    "Reply from the registered address, or add the other one as an alias or a delegate in desk.yaml and import it.",
  automatic: "Switch the automatic reply off and reply by hand.",
  "unsound-message": "The mail program writes mail that cannot be judged; try another one.",
  "token-only-in-envelope": "Reply to the address that the mail offers, in To or Cc and not in Bcc.",
  replayed: "Write a new reply: this one was taken in before.",
  "technician-inactive": "Import a desk.yaml that names the technician.",
  "token-expired": "Start the test again.",
  "token-revoked": "Start the test again.",
};

/** What to do about a refusal, by the check of one proof where identity is what failed. */
export function adviceFor(code: string, check: string, place: AdvicePlace): string {
  return BY_CHECK[check]?.(place) ?? BY_CODE[code as GateCode] ?? "Look at the mail in the console.";
}
