import { describe, expect, test } from "vitest";
import type { Technician } from "../../src/desk/ticket.ts";
import type { Authentication, SignatureResult } from "../../src/mail/authentication.ts";
import type { HeaderField } from "../../src/mail/message.ts";
import { checkReply, gateChecks, type GateFacts } from "../../src/review/gate.ts";
import { checkItem, itemChecks, mailMayRelease, type ItemFacts } from "../../src/review/item-gate.ts";
import { signatureChecks } from "../../src/review/signature-checks.ts";

const DANA: Technician = {
  id: 1,
  name: "Dana Wu",
  email: "dana@msp.example",
  aliases: ["dw@msp.example"],
  delegates: ["pa@msp.example"],
  role: "technician",
  queues: [],
  skills: [],
  hours: "",
  active: true,
};

const SIGNATURE: SignatureResult = {
  domain: "msp.example",
  selector: "k1",
  result: "pass",
  reason: "",
  signedHeaders: ["From", "To", "Subject"],
  bits: 2048,
  algorithm: "rsa-sha256",
  bodyLengthLimited: false,
  aligned: true,
  expiresAt: null,
  fingerprint: "f1",
};

const AUTHENTIC: Authentication = {
  spf: "pass",
  dkim: "pass",
  dmarc: "pass",
  signatures: [SIGNATURE],
  spfDomain: "msp.example",
  fromDomain: "msp.example",
};

const GOOD: GateFacts = {
  message: {
    from: [{ name: "Dana Wu", address: "dana@msp.example" }],
    defects: [],
    automatic: { verdict: "no", reasons: [] },
    headers: [],
  },
  automaticSubject: false,
  reversePath: "dana@msp.example",
  token: "in-header",
  tokenField: "to",
  messageIdSeen: false,
  signatureSeen: false,
  onBehalf: [],
  digest: { expiresAt: "2026-03-05T09:00:00.000Z", revokedAt: null },
  technician: DANA,
  accepted: ["dkim"],
  receivedAt: new Date("2026-03-02T08:59:00.000Z"),
  authentication: AUTHENTIC,
  border: null,
  exchangeMailbox: null,
  bearsReference: false,
  signingDomains: {},
  now: new Date("2026-03-02T09:00:00.000Z"),
};

const from = (address: string): Partial<GateFacts> => ({
  message: { ...GOOD.message, from: [{ name: "Dana Wu", address }] },
});
const signature = (change: Partial<SignatureResult>): Partial<GateFacts> => ({
  authentication: { ...AUTHENTIC, signatures: [{ ...SIGNATURE, ...change }] },
});
const headers = (...lines: readonly string[]): readonly HeaderField[] =>
  lines.map((line) => {
    const at = line.indexOf(":");
    return { name: line.slice(0, at).toLowerCase(), value: line.slice(at + 1).trim() };
  });

const OUR_HOP =
  "Received: from out.msp.example (out.msp.example [192.0.2.1]) by mx.desk.example with ESMTPS; x";
const THEIR_HOP = "Received: from pc (pc [10.0.0.1]) by out.msp.example with ESMTPSA; x";
const SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=msp.example; s=k1; h=From:To:Subject; b=abcdefghij";
const RESULTS =
  "Authentication-Results: mx.desk.example; dkim=pass (2048-bit key) header.d=msp.example header.s=k1 header.b=abcdefgh; dmarc=pass header.from=msp.example";

/** The border's word, in place of a signature that the desk verified. */
const border = (...lines: readonly string[]): Partial<GateFacts> => ({
  accepted: ["authentication-results"],
  border: { authservId: "mx.desk.example", place: "above" },
  authentication: { ...AUTHENTIC, dkim: "none", dmarc: "fail", signatures: [] },
  message: { ...GOOD.message, headers: headers(...lines) },
});
const below = (...lines: readonly string[]): Partial<GateFacts> => ({
  ...border(...lines),
  border: { authservId: "mx.desk.example", place: "below" },
});

const TENANT = "0aa0a0a0-1111-2222-3333-444444444444";
const INTERNAL = [
  "Received: from A.eurprd01.prod.outlook.com (::1) by B.eurprd01.prod.outlook.com with HTTPS; x",
  "Authentication-Results: dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=msp.example;",
  "X-MS-Exchange-Organization-AuthAs: Internal",
  "X-MS-Exchange-Organization-AuthSource: A.eurprd01.prod.outlook.com",
  "X-MS-Exchange-CrossTenant-AuthAs: Internal",
  `X-MS-Exchange-CrossTenant-Id: ${TENANT}`,
] as const;
const OUTSIDE = [
  "Received: from A.eurprd01.prod.outlook.com (::1) by B.eurprd01.prod.outlook.com with HTTPS; x",
  "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=msp.example; dkim=pass (signature was verified) header.d=msp.example;dmarc=pass action=none header.from=msp.example;compauth=pass reason=100",
  "Received: from out.msp.example (192.0.2.1) by C.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP Server; x",
  "X-MS-Exchange-Organization-AuthAs: Anonymous",
  "X-MS-Exchange-Organization-AuthSource: C.mail.protection.outlook.com",
  SIGNED,
] as const;
const exchange = (...lines: readonly string[]): Partial<GateFacts> => ({
  accepted: ["exchange"],
  exchangeMailbox: { tenant: TENANT },
  // Exchange rewrites bodies: the signature itself no longer holds.
  authentication: { ...AUTHENTIC, dkim: "neutral", dmarc: "fail", signatures: [] },
  message: { ...GOOD.message, headers: headers(...lines) },
});
const replaced = (lines: readonly string[], index: number, line: string): readonly string[] =>
  lines.with(index, line);

describe("open", () => {
  const cases: readonly (readonly [string, Partial<GateFacts>, string])[] = [
    ["a signed reply from the registered address", {}, "dkim"],
    ["from an alias", from("dw@msp.example"), "dkim"],
    ["from an enrolled delegate", from("pa@msp.example"), "dkim"],
    ["sent by an enrolled delegate in her name", { onBehalf: ["PA@msp.example"] }, "dkim"],
    ["an address in other letters", from("Dana@MSP.example"), "dkim"],
    [
      "list headers of a group it ran through",
      { message: { ...GOOD.message, automatic: { verdict: "list", reasons: ["List-Id"] } } },
      "dkim",
    ],
    [
      "To unsigned, but the signed subject names the digest (Microsoft 365)",
      { ...signature({ signedHeaders: ["From", "Subject", "Message-ID"] }), bearsReference: true },
      "dkim",
    ],
    [
      "the token in a signed Cc",
      { ...signature({ signedHeaders: ["From", "Cc", "Subject"] }), tokenField: "cc" },
      "dkim",
    ],
    [
      "signed by the tenant's onmicrosoft domain, which is enrolled",
      {
        ...signature({ domain: "msp.onmicrosoft.com", aligned: false }),
        signingDomains: { "msp.example": ["msp.onmicrosoft.com"] },
      },
      "dkim",
    ],
    [
      "the enrolled domain signs, and DMARC does not know of it",
      {
        authentication: {
          ...AUTHENTIC,
          dmarc: "fail",
          signatures: [{ ...SIGNATURE, domain: "msp.onmicrosoft.com", aligned: false }],
        },
        signingDomains: { "msp.example": ["MSP.onmicrosoft.com"] },
      },
      "dkim",
    ],
    ["a signature that is good for a while", signature({ expiresAt: "2026-03-09T08:00:00.000Z" }), "dkim"],
    [
      "a signature that expired on the way, within the hour",
      signature({ expiresAt: "2026-03-02T07:59:00.000Z" }),
      "dkim",
    ],
    [
      "a signature that has expired since the mail came",
      {
        ...signature({ expiresAt: "2026-03-02T09:00:00.000Z" }),
        now: new Date("2026-03-04T09:00:00.000Z"),
      },
      "dkim",
    ],
    [
      "an expired signature beside one that is good",
      {
        authentication: {
          ...AUTHENTIC,
          signatures: [{ ...SIGNATURE, expiresAt: "2026-03-01T00:00:00.000Z" }, SIGNATURE],
        },
      },
      "dkim",
    ],
    [
      "the border's word for a signature that is good for a while",
      border(RESULTS, OUR_HOP, SIGNED.replace("s=k1;", "s=k1; t=1772441000; x=1773045800;")),
      "authentication-results",
    ],
    ["an ed25519 key", signature({ algorithm: "ed25519-sha256", bits: 256 }), "dkim"],
    ["a key of 1024 bits", signature({ bits: 1024 }), "dkim"],
    [
      "a second signature is the good one",
      { authentication: { ...AUTHENTIC, signatures: [{ ...SIGNATURE, result: "fail" }, SIGNATURE] } },
      "dkim",
    ],
    [
      "a stranger's signature waits for DNS, hers is good",
      {
        authentication: {
          ...AUTHENTIC,
          signatures: [{ ...SIGNATURE, domain: "list.example", result: "temperror" }, SIGNATURE],
        },
      },
      "dkim",
    ],
    ["mail from IMAP, whose envelope is not held", { reversePath: null }, "dkim"],
    ["the token alone, where the desk accepts it", { accepted: ["token"], authentication: null }, "token"],
    ["unsigned, beside token", { accepted: ["dkim", "token"], ...unsigned() }, "token"],
    ["the border's results above its Received", border(RESULTS, OUR_HOP, SIGNED), "authentication-results"],
    [
      "a hop inside above them",
      border("Received: from mx by imap.desk.example with LMTP; x", RESULTS, OUR_HOP, SIGNED),
      "authentication-results",
    ],
    [
      "two fields of the border, one for each method",
      border(
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=msp.example",
        "Authentication-Results: MX.desk.example 1; dkim=pass header.d=msp.example",
        OUR_HOP,
        SIGNED,
      ),
      "authentication-results",
    ],
    [
      "the border writes below its Received, and the desk knows",
      below(OUR_HOP, RESULTS, THEIR_HOP, SIGNED),
      "authentication-results",
    ],
    [
      "a stranger's name above the border's",
      border("Authentication-Results: other.example; dkim=fail", RESULTS, OUR_HOP, SIGNED),
      "authentication-results",
    ],
    [
      "the border names the signer in header.i",
      border(
        "Authentication-Results: mx.desk.example; dkim=pass header.i=@mail.msp.example; dmarc=pass header.from=msp.example",
        OUR_HOP,
        SIGNED.replace("d=msp.example", "d=mail.msp.example"),
      ),
      "authentication-results",
    ],
    [
      "DNS is away, but the border had answered",
      {
        ...border(RESULTS, OUR_HOP, SIGNED),
        accepted: ["dkim", "authentication-results"],
        authentication: { ...AUTHENTIC, dkim: "temperror", dmarc: "temperror", signatures: [] },
      },
      "authentication-results",
    ],
    ["inside mail of the tenant, unsigned", exchange(...INTERNAL), "exchange"],
    [
      "an Exchange server of the desk's own, which knows no tenants",
      { ...exchange(...INTERNAL.slice(2, 4)), exchangeMailbox: { tenant: null } },
      "exchange",
    ],
    ["mail from outside that Exchange checked", exchange(...OUTSIDE), "exchange"],
  ];
  function unsigned(): Partial<GateFacts> {
    return { authentication: { ...AUTHENTIC, dkim: "none", dmarc: "none", signatures: [] } };
  }
  test.each(cases)("%s", (_, change, kind) => {
    expect(checkReply({ ...GOOD, ...change })).toMatchObject({ open: true, proof: { kind } });
  });
});

/** What is refused, with which code, and by which check: of the gate, or where identity fails, of the proof. */
const SHUT: readonly (readonly [string, Partial<GateFacts>, string, string])[] = [
  ["no author", { message: { ...GOOD.message, from: [] } }, "unsound-message", "one-author"],
  [
    "3 · two authors",
    {
      message: {
        ...GOOD.message,
        from: [
          { name: "", address: "dana@msp.example" },
          { name: "", address: "x@y.example" },
        ],
      },
    },
    "unsound-message",
    "one-author",
  ],
  ...[
    "from-multiple",
    "from-malformed",
    "nul-byte",
    "bare-cr",
    "bare-lf",
    "message-id-missing",
    "message-id-multiple",
    "to-multiple",
    "subject-multiple",
  ].map(
    (defect) =>
      [
        `3, 41 · defect ${defect}`,
        { message: { ...GOOD.message, defects: [defect] } },
        "unsound-message",
        "sound-structure",
      ] as const,
  ),
  ...(["auto-reply", "bounce", "report"] as const).map(
    (verdict) =>
      [
        `14, 15 · ${verdict}`,
        { message: { ...GOOD.message, automatic: { verdict, reasons: ["Auto-Submitted"] } } },
        "automatic",
        "not-automatic",
      ] as const,
  ),
  ["14 · the null reverse-path", { reversePath: "" }, "automatic", "not-the-null-reverse-path"],
  ["14 · an automatic subject", { automaticSubject: true }, "automatic", "not-an-automatic-subject"],
  ["the plain review address", { token: "none", digest: null }, "token-missing", "token-present"],
  ["a token that was never issued", { digest: null }, "token-unknown", "token-issued"],
  ["the token only in the envelope", { token: "in-envelope" }, "token-only-in-envelope", "token-in-header"],
  [
    "22 · a technician who left",
    { technician: { ...DANA, active: false } },
    "technician-inactive",
    "technician-active",
  ],
  ["1 · a stranger", from("mallory@evil.example"), "sender-not-registered", "sender-registered"],
  [
    "2 · a look-alike address",
    from("dana@msp.example.evil.example"),
    "sender-not-registered",
    "sender-registered",
  ],
  ["9 · a colleague", from("kim@msp.example"), "sender-not-registered", "sender-registered"],
  [
    "16 · sent by somebody else",
    { onBehalf: ["kim@msp.example"] },
    "sender-not-registered",
    "delegates-enrolled",
  ],
  ["8 · a copy under a new Message-ID", { signatureSeen: true }, "replayed", "signature-new"],
  [
    "8 · a signature that expired before the mail came",
    signature({ expiresAt: "2026-03-02T07:58:59.999Z" }),
    "signature-expired",
    "signature-in-date",
  ],
  [
    "8 · an expired one that mailauth found expired",
    signature({ result: "neutral", reason: "expired", expiresAt: "2026-03-01T09:00:00.000Z" }),
    "signature-expired",
    "signature-in-date",
  ],
  [
    "8 · the border let an expired signature pass",
    // 2026-03-01T00:00:00Z
    border(RESULTS, OUR_HOP, SIGNED.replace("s=k1;", "s=k1; x=1772323200;")),
    "signature-expired",
    "signature-in-date",
  ],
  [
    "8 · of two that the border may mean, one has expired",
    border(
      RESULTS.replace(" header.s=k1 header.b=abcdefgh", ""),
      SIGNED,
      OUR_HOP,
      SIGNED.replace("s=k1;", "s=k1; x=1772323200;"),
    ),
    "signature-expired",
    "signature-in-date",
  ],
  [
    "8 · Exchange let an expired signature pass",
    exchange(...replaced(OUTSIDE, 5, SIGNED.replace("s=k1;", "s=k1; x=1772323200;"))),
    "signature-expired",
    "signature-in-date",
  ],
  [
    "7 · the border let pass what is no base64",
    border(RESULTS, OUR_HOP, SIGNED.replace("b=abcdefghij", "b=abcdefgh.ij")),
    "identity-unproven",
    "from-signed",
  ],
  ["8 · a Message-ID that was seen", { messageIdSeen: true }, "replayed", "message-id-new"],
  [
    "5 · DNS is away: deferred, never approved",
    { authentication: { ...AUTHENTIC, dkim: "temperror", dmarc: "temperror", signatures: [] } },
    "identity-deferred",
    "dns-answered",
  ],
  [
    "5 · DNS is away for DMARC alone",
    { authentication: { ...AUTHENTIC, dmarc: "temperror" } },
    "identity-deferred",
    "dns-answered",
  ],
  [
    "5 · DNS is away for her signature, beside a stranger's good one",
    {
      authentication: {
        ...AUTHENTIC,
        signatures: [
          { ...SIGNATURE, result: "temperror" },
          { ...SIGNATURE, domain: "list.example", aligned: false },
        ],
      },
    },
    "identity-deferred",
    "dns-answered",
  ],
  [
    "5 · DNS is away, and the token alone would do",
    {
      accepted: ["dkim", "token"],
      authentication: { ...AUTHENTIC, dkim: "temperror", dmarc: "temperror", signatures: [] },
    },
    "identity-deferred",
    "dns-answered",
  ],
  ["no authentication was made", { authentication: null }, "identity-unproven", "mail-was-checked"],
  [
    "1 · unsigned",
    { authentication: { ...AUTHENTIC, dkim: "none", dmarc: "none", signatures: [] } },
    "identity-unproven",
    "signed",
  ],
  [
    "4 · DMARC passes by SPF alone",
    { authentication: { ...AUTHENTIC, signatures: [{ ...SIGNATURE, result: "fail" }] } },
    "identity-unproven",
    "signature-verifies",
  ],
  [
    "4 · no DMARC record",
    { authentication: { ...AUTHENTIC, dmarc: "none" } },
    "identity-unproven",
    "dmarc-passes",
  ],
  [
    "4 · signed by another domain",
    signature({ domain: "evil.example", aligned: false }),
    "identity-unproven",
    "signed-by-the-author-domain",
  ],
  [
    "4 · an enrolled signing domain of somebody else's",
    {
      ...signature({ domain: "msp.onmicrosoft.com", aligned: false }),
      signingDomains: { "other.example": ["msp.onmicrosoft.com"] },
    },
    "identity-unproven",
    "signed-by-the-author-domain",
  ],
  [
    "3 · mailauth read another From than the desk",
    { authentication: { ...AUTHENTIC, fromDomain: "evil.example" } },
    "identity-unproven",
    "same-author-domain",
  ],
  ["7 · l=", signature({ bodyLengthLimited: true }), "identity-unproven", "whole-body-signed"],
  ["7 · rsa-sha1", signature({ algorithm: "rsa-sha1" }), "identity-unproven", "no-rsa-sha1"],
  ["7 · a key of 1023 bits", signature({ bits: 1023 }), "identity-unproven", "key-of-1024-bits"],
  ["7 · From unsigned", signature({ signedHeaders: ["To", "Subject"] }), "identity-unproven", "from-signed"],
  [
    "7 · Subject unsigned",
    signature({ signedHeaders: ["From", "To"] }),
    "identity-unproven",
    "subject-signed",
  ],
  [
    "8 · To unsigned and another subject: a replay",
    signature({ signedHeaders: ["From", "Subject", "Message-ID"] }),
    "identity-unproven",
    "to-signed-or-digest-named",
  ],
  [
    "8 · the token in a Cc that nobody signed",
    { tokenField: "cc" },
    "identity-unproven",
    "to-signed-or-digest-named",
  ],
  [
    "8 · neither To nor Message-ID signed",
    { ...signature({ signedHeaders: ["From", "Subject"] }), bearsReference: true },
    "identity-unproven",
    "to-or-message-id-signed",
  ],
  ["6 · no Authentication-Results", border(OUR_HOP, SIGNED), "identity-unproven", "no-field"],
  [
    "6 · another server's name",
    border(RESULTS.replace("mx.desk", "mx2.desk"), OUR_HOP, SIGNED),
    "identity-unproven",
    "no-field",
  ],
  [
    "6 · a name that only begins alike",
    border(RESULTS.replace("mx.desk.example", "mx.desk.example.evil.example"), OUR_HOP, SIGNED),
    "identity-unproven",
    "no-field",
  ],
  [
    "6 · an injected one below the border",
    border(OUR_HOP, RESULTS, SIGNED),
    "identity-unproven",
    "outside-border",
  ],
  ["6 · no Received of the border at all", border(RESULTS, SIGNED), "identity-unproven", "no-border"],
  [
    "6 · below the next Received, where the border writes under its own",
    below(OUR_HOP, THEIR_HOP, RESULTS, SIGNED),
    "identity-unproven",
    "outside-border",
  ],
  [
    "6 · an injected one under the border's own",
    below(
      OUR_HOP,
      "Authentication-Results: mx.desk.example; dkim=fail header.d=msp.example",
      RESULTS,
      SIGNED,
    ),
    "identity-unproven",
    "signature-verifies",
  ],
  [
    "6 · the topmost says fail",
    border(
      "Authentication-Results: mx.desk.example; dkim=fail header.d=msp.example",
      RESULTS,
      OUR_HOP,
      SIGNED,
    ),
    "identity-unproven",
    "signature-verifies",
  ],
  [
    "6 · a result inside a comment or a quoted string",
    border(
      'Authentication-Results: mx.desk.example; spf=fail (dkim=pass header.d=msp.example) smtp.mailfrom="x; dkim=pass header.d=msp.example; dmarc=pass"@evil.example',
      OUR_HOP,
      SIGNED,
    ),
    "identity-unproven",
    "signed",
  ],
  [
    "6 · the forger's own domain passes",
    border(RESULTS.replace("header.d=msp", "header.d=evil"), OUR_HOP, SIGNED),
    "identity-unproven",
    "signed-by-the-author-domain",
  ],
  [
    "6 · DMARC of another author",
    border(RESULTS.replace("header.from=msp", "header.from=evil"), OUR_HOP, SIGNED),
    "identity-unproven",
    "same-author-domain",
  ],
  [
    "4 · the border found no DMARC",
    border(RESULTS.replace("dmarc=pass", "dmarc=none"), OUR_HOP, SIGNED),
    "identity-unproven",
    "dmarc-passes",
  ],
  [
    "7 · the border let l= pass",
    border(RESULTS, OUR_HOP, SIGNED.replace("s=k1;", "s=k1; l=8;")),
    "identity-unproven",
    "whole-body-signed",
  ],
  [
    "8 · the border let a signature pass that covers no To",
    border(RESULTS, OUR_HOP, SIGNED.replace(":To", "")),
    "identity-unproven",
    "to-signed-or-digest-named",
  ],
  [
    "8 · another signature field that says it covers more",
    border(RESULTS.replace(" header.s=k1 header.b=abcdefgh", ""), SIGNED, OUR_HOP, SIGNED.replace(":To", "")),
    "identity-unproven",
    "to-signed-or-digest-named",
  ],
  [
    "no authserv-id is configured",
    { ...border(RESULTS, OUR_HOP, SIGNED), border: null },
    "identity-unproven",
    "authserv-id-is-set",
  ],
  [
    "1 · Exchange's headers over SMTP",
    { ...exchange(...INTERNAL), exchangeMailbox: null },
    "identity-unproven",
    "from-exchange-mailbox",
  ],
  ["1 · nothing of Exchange's", exchange(), "identity-unproven", "exchange-stamped"],
  [
    "1 · Exchange's headers twice",
    exchange(...INTERNAL, "X-MS-Exchange-Organization-AuthAs: Internal"),
    "identity-unproven",
    "exchange-headers-once",
  ],
  [
    "1 · outside mail without a result of Exchange's",
    exchange(...OUTSIDE.slice(2)),
    "identity-unproven",
    "exchange-results",
  ],
  [
    "6 · outside mail with an injected result that names a server",
    exchange(...replaced(OUTSIDE, 1, RESULTS)),
    "identity-unproven",
    "exchange-results",
  ],
  [
    "6 · an injected result below a hop outside",
    exchange(...OUTSIDE.slice(3), OUR_HOP, OUTSIDE[1]),
    "identity-unproven",
    "exchange-results",
  ],
  [
    "1 · anonymous, whatever the other header says",
    exchange(...replaced(INTERNAL, 2, "X-MS-Exchange-Organization-AuthAs: Anonymous")),
    "identity-unproven",
    "signature-verifies",
  ],
  [
    "1 · internal to somebody else's tenant",
    exchange(...replaced(INTERNAL, 5, "X-MS-Exchange-CrossTenant-Id: 9bb0a0a0-1111-2222-3333-444444444444")),
    "identity-unproven",
    "exchange-tenant",
  ],
  [
    "1 · the tenants disagree",
    exchange(...replaced(INTERNAL, 4, "X-MS-Exchange-CrossTenant-AuthAs: Anonymous")),
    "identity-unproven",
    "exchange-internal",
  ],
  [
    "1 · a token is no proof of an unknown digest",
    { digest: null, accepted: ["token"] },
    "token-unknown",
    "token-issued",
  ],
  [
    "21 · withdrawn",
    { digest: { expiresAt: "2026-03-05T09:00:00.000Z", revokedAt: "2026-03-01T00:00:00.000Z" } },
    "token-revoked",
    "digest-not-withdrawn",
  ],
  [
    "22 · expired",
    { digest: { expiresAt: "2026-03-02T09:00:00.000Z", revokedAt: null } },
    "token-expired",
    "digest-not-expired",
  ],
];

describe("shut, each with its reason", () => {
  test.each(SHUT)("%s", (_, change, code, check) => {
    const result = checkReply({ ...GOOD, ...change });
    expect(result).toMatchObject({ open: false, code });
    if (result.open) return;
    expect(result.code === "identity-unproven" ? result.shortfalls[0]?.check : result.check).toBe(check);
  });

  // Only who has proven to be the technician is told why: an answer to anybody else is backscatter.
  const unproven = { authentication: { ...AUTHENTIC, dkim: "none", signatures: [] } } as const;
  const withdrawn = { digest: { expiresAt: "2027-01-01", revokedAt: "2026-01-01" } };
  test.each<[string, Partial<GateFacts>, boolean]>([
    ["withdrawn", withdrawn, true],
    ["expired", { digest: { expiresAt: "2026-01-01", revokedAt: null } }, true],
    ["the plain review address", { token: "none", digest: null }, true],
    ["an unknown token", { digest: null }, true],
    ["the plain review address, unproven", { token: "none", digest: null, ...unproven }, false],
    ["an unknown token, where a token alone is enough", { digest: null, accepted: ["token"] }, false],
    ["an unknown token from nobody we know", { digest: null, technician: null }, false],
    ["an unknown token, sent by a stranger in her name", { digest: null, onBehalf: ["x@y.example"] }, false],
    ["an unknown token, a replay", { digest: null, messageIdSeen: true }, false],
    ["an unknown token, a copy", { digest: null, signatureSeen: true }, false],
    ["a colleague's", from("kim@msp.example"), false],
    ["unproven", unproven, false],
  ])("answered: %s", (_, change, answered) => {
    expect(checkReply({ ...GOOD, ...change })).toMatchObject({ open: false, authenticated: answered });
  });
});

const ITEM: ItemFacts = {
  itemStatus: "live",
  draft: { id: 1, status: "proposed", basedOnMessageId: 7, canonicalSha256: "aa" },
  shownSha256: "aa",
  lastClientMessageId: 7,
  byMail: "anything",
  risks: [],
  edited: false,
  recipients: 1,
};

const ITEMS: readonly (readonly [string, Partial<ItemFacts>, string | null, string | null])[] = [
  ["as it was shown", {}, null, null],
  ["edited", { edited: true }, null, null],
  ["17 · used", { itemStatus: "used" }, "item-used", "item-not-used"],
  ["18 · void", { itemStatus: "void" }, "item-void", "item-not-void"],
  ["without a draft", { draft: null }, "no-draft", "draft-there"],
  [
    "19 · approved already",
    { draft: { id: 1, status: "approved", basedOnMessageId: 7, canonicalSha256: "aa" } },
    "draft-not-current",
    "draft-still-proposed",
  ],
  ["18 · other bytes than the digest showed", { shownSha256: "bb" }, "draft-not-current", "draft-as-shown"],
  [
    "20 · the client wrote again",
    { lastClientMessageId: 8 },
    "newer-client-message",
    "no-newer-client-message",
  ],
  ["27 · for the console", { byMail: "nothing" }, "needs-console", "mail-may-release"],
  ["call-back text, unedited", { byMail: "unedited" }, null, null],
  ["call-back text, edited", { byMail: "unedited", edited: true }, "needs-unedited", "mail-may-edit"],
  ["nobody left", { recipients: 0 }, "nobody-to-send-to", "somebody-to-send-to"],
];

describe("an item", () => {
  test.each(ITEMS)("%s", (_, change, code) => {
    expect(checkItem({ ...ITEM, ...change })?.code ?? null).toBe(code);
  });

  test.each([
    [["payment"], /request about payment details cannot be answered by mail: it waits for the console/],
    [["identity", "shared-domain"], /client who shares the technicians' domain cannot be answered by mail/],
    [["security"], /security incident cannot/],
    [["identity"], /access or an identity change cannot/],
  ] as const)("of %j a refusal says what it is and that it waits for the console", (risks, sentence) => {
    expect(checkItem({ ...ITEM, byMail: "nothing", risks })?.sentence).toMatch(sentence);
  });
});

describe("each check is needed", () => {
  const names = [...gateChecks, ...itemChecks, ...signatureChecks].map((check) => check.name);

  test("each has a name of its own, and a row above", () => {
    expect(new Set(names).size).toBe(names.length);
    const held = new Set([
      ...SHUT.map((row) => row[3]),
      ...ITEMS.map((row) => row[3]),
      "identity-proven",
      // Its rows are those of the gate's own check, which gives it a code.
      "signature-not-expired",
    ]);
    expect(names.filter((name) => !held.has(name))).toEqual([]);
  });

  test.each(gateChecks.map((check) => check.name).filter((name) => name !== "identity-proven"))(
    "without %s, one of its rows is no longer refused by it",
    (name) => {
      const rest = gateChecks.filter((check) => check.name !== name);
      const rows = SHUT.filter((row) => row[3] === name);
      expect(rows.length).toBeGreaterThan(0);
      for (const [, change, code] of rows) {
        const result = ((): ReturnType<typeof checkReply> | null => {
          try {
            return checkReply({ ...GOOD, ...change }, rest);
          } catch {
            return null;
          }
        })();
        expect(result).not.toMatchObject({ open: false, code });
      }
    },
  );

  test("without identity-proven it still does not open: a decision needs its proof", () => {
    const rest = gateChecks.filter((check) => check.name !== "identity-proven");
    const unsigned = { ...GOOD, authentication: { ...AUTHENTIC, dkim: "none", signatures: [] } } as const;
    expect(() => checkReply(unsigned, rest)).toThrow(/without a proof/);
  });

  test.each(itemChecks.map((check) => check.name))("without %s, its row passes it", (name) => {
    const rest = itemChecks.filter((check) => check.name !== name);
    for (const [, change, code] of ITEMS.filter((row) => row[3] === name))
      expect(checkItem({ ...ITEM, ...change }, rest)?.code).not.toBe(code);
  });
});

test.each([
  [[], "client/vpn", "anything"],
  [["foreign-recipient"], "client/vpn", "anything"],
  [["identity"], "client/identity-callback", "unedited"],
  [["identity"], "client/password", "nothing"],
  [["security"], "client/security-phishing", "unedited"],
  [["payment"], "client/billing", "nothing"],
  [["identity", "shared-domain"], "client/identity-callback", "nothing"],
] as const)("of an item with %j made from %s a mail may release %s", (codes, template, may) => {
  expect(mailMayRelease(codes, template)).toBe(may);
});
