import { describe, expect, test } from "vitest";
import type { Technician } from "../../src/desk/ticket.ts";
import type { Authentication, SignatureResult } from "../../src/mail/authentication.ts";
import {
  checkItem,
  checkReply,
  mailMayRelease,
  type GateFacts,
  type ItemFacts,
} from "../../src/review/gate.ts";

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
    to: [],
    cc: [],
  },
  reversePath: "dana@msp.example",
  tokenInHeaders: true,
  digest: { expiresAt: "2026-03-05T09:00:00.000Z", revokedAt: null },
  technician: DANA,
  accepted: ["dkim"],
  authentication: AUTHENTIC,
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

describe("open", () => {
  const cases: readonly (readonly [string, Partial<GateFacts>])[] = [
    ["a signed reply from the registered address", {}],
    ["from an alias", from("dw@msp.example")],
    ["from an enrolled delegate", from("pa@msp.example")],
    ["an address in other letters", from("Dana@MSP.example")],
    [
      "list headers of a group it ran through",
      { message: { ...GOOD.message, automatic: { verdict: "list", reasons: ["List-Id"] } } },
    ],
    [
      "To unsigned, but the signed subject names the digest (Microsoft 365)",
      { ...signature({ signedHeaders: ["From", "Subject"] }), bearsReference: true },
    ],
    [
      "signed by the tenant's onmicrosoft domain, which is enrolled",
      {
        ...signature({ domain: "msp.onmicrosoft.com", aligned: false }),
        signingDomains: { "msp.example": ["msp.onmicrosoft.com"] },
      },
    ],
    ["an ed25519 key", signature({ algorithm: "ed25519-sha256", bits: 256 })],
    [
      "a second signature is the good one",
      { authentication: { ...AUTHENTIC, signatures: [{ ...SIGNATURE, result: "fail" }, SIGNATURE] } },
    ],
    ["mail from IMAP, whose envelope is not held", { reversePath: null }],
    ["the token alone, where the desk accepts it", { accepted: ["token"], authentication: null }],
  ];
  test.each(cases)("%s", (_, change) => {
    expect(checkReply({ ...GOOD, ...change })).toMatchObject({ open: true });
  });
});

describe("shut, each with its reason", () => {
  const cases: readonly (readonly [string, Partial<GateFacts>, string])[] = [
    ["no author", { message: { ...GOOD.message, from: [] } }, "unsound-message"],
    [
      "two authors",
      {
        message: {
          ...GOOD.message,
          from: [GOOD.message.from[0] ?? { name: "", address: "" }, { name: "", address: "x@y.example" }],
        },
      },
      "unsound-message",
    ],
    ...[
      "from-multiple",
      "from-malformed",
      "nul-byte",
      "bare-cr",
      "bare-lf",
      "message-id-missing",
      "message-id-multiple",
    ].map(
      (defect) =>
        [`defect ${defect}`, { message: { ...GOOD.message, defects: [defect] } }, "unsound-message"] as const,
    ),
    [
      "an out-of-office",
      { message: { ...GOOD.message, automatic: { verdict: "auto-reply", reasons: ["Auto-Submitted"] } } },
      "automatic",
    ],
    [
      "a bounce",
      { message: { ...GOOD.message, automatic: { verdict: "bounce", reasons: [] } } },
      "automatic",
    ],
    ["the null reverse-path", { reversePath: "" }, "automatic"],
    ["a token that was never issued", { digest: null }, "token-unknown"],
    ["the token only in the envelope", { tokenInHeaders: false }, "token-only-in-envelope"],
    ["a technician who left", { technician: { ...DANA, active: false } }, "technician-inactive"],
    ["a stranger", from("mallory@evil.example"), "sender-not-registered"],
    ["a look-alike address", from("dana@msp.example.evil.example"), "sender-not-registered"],
    ["a colleague", from("kim@msp.example"), "sender-not-registered"],
    [
      "unsigned",
      { authentication: { ...AUTHENTIC, dkim: "none", dmarc: "none", signatures: [] } },
      "identity-unproven",
    ],
    [
      "DMARC passes by SPF alone",
      { authentication: { ...AUTHENTIC, signatures: [{ ...SIGNATURE, result: "fail" }] } },
      "identity-unproven",
    ],
    ["no DMARC record", { authentication: { ...AUTHENTIC, dmarc: "none" } }, "identity-unproven"],
    ["signed by another domain", signature({ domain: "evil.example", aligned: false }), "identity-unproven"],
    [
      "an enrolled signing domain of somebody else's",
      {
        ...signature({ domain: "msp.onmicrosoft.com", aligned: false }),
        signingDomains: { "other.example": ["msp.onmicrosoft.com"] },
      },
      "identity-unproven",
    ],
    ["l= (threat 7)", signature({ bodyLengthLimited: true }), "identity-unproven"],
    ["rsa-sha1", signature({ algorithm: "rsa-sha1" }), "identity-unproven"],
    ["a 768-bit key", signature({ bits: 768 }), "identity-unproven"],
    ["From unsigned", signature({ signedHeaders: ["To", "Subject"] }), "identity-unproven"],
    ["Subject unsigned", signature({ signedHeaders: ["From", "To"] }), "identity-unproven"],
    [
      "To unsigned and another subject: a replay (threat 8)",
      signature({ signedHeaders: ["From", "Subject"] }),
      "identity-unproven",
    ],
    [
      "mailauth read another From than the desk",
      { authentication: { ...AUTHENTIC, fromDomain: "evil.example" } },
      "identity-unproven",
    ],
    [
      "DNS is away: deferred, never approved",
      { authentication: { ...AUTHENTIC, dkim: "temperror", dmarc: "temperror", signatures: [] } },
      "identity-deferred",
    ],
    ["no authentication was made", { authentication: null }, "identity-unproven"],
    [
      "withdrawn",
      { digest: { expiresAt: "2026-03-05T09:00:00.000Z", revokedAt: "2026-03-01T00:00:00.000Z" } },
      "token-revoked",
    ],
    ["expired", { digest: { expiresAt: "2026-03-02T09:00:00.000Z", revokedAt: null } }, "token-expired"],
  ];
  test.each(cases)("%s", (_, change, code) => {
    const result = checkReply({ ...GOOD, ...change });
    expect(result).toMatchObject({ open: false, code });
    // Only who has proven to be the technician is told why: an answer to anybody else is backscatter.
    if (!result.open) expect(result.authenticated).toBe(code === "token-revoked" || code === "token-expired");
  });
});

const ITEM: ItemFacts = {
  itemStatus: "live",
  draft: { id: 1, status: "proposed", basedOnMessageId: 7, canonicalSha256: "aa" },
  shownSha256: "aa",
  lastClientMessageId: 7,
  byMail: "anything",
  edited: false,
  recipients: 1,
};

describe("an item", () => {
  const cases: readonly (readonly [string, Partial<ItemFacts>, string | null])[] = [
    ["as it was shown", {}, null],
    ["edited", { edited: true }, null],
    ["used", { itemStatus: "used" }, "item-used"],
    ["void", { itemStatus: "void" }, "item-void"],
    ["without a draft", { draft: null }, "no-draft"],
    [
      "approved already",
      { draft: { id: 1, status: "approved", basedOnMessageId: 7, canonicalSha256: "aa" } },
      "draft-not-current",
    ],
    ["other bytes than the digest showed", { shownSha256: "bb" }, "draft-not-current"],
    ["the client wrote again", { lastClientMessageId: 8 }, "newer-client-message"],
    ["for the console", { byMail: "nothing" }, "needs-console"],
    ["call-back text, unedited", { byMail: "unedited" }, null],
    ["call-back text, edited", { byMail: "unedited", edited: true }, "needs-unedited"],
    ["nobody left", { recipients: 0 }, "nobody-to-send-to"],
  ];
  test.each(cases)("%s", (_, change, code) => {
    expect(checkItem({ ...ITEM, ...change })?.code ?? null).toBe(code);
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
