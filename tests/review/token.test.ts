import { describe, expect, it } from "vitest";
import {
  bearsReference,
  deriveToken,
  digestReference,
  mayHoldToken,
  namesDigest,
  TokenSearch,
  reviewAddress,
  tokenHash,
  tokenIn,
  withoutTokens,
} from "../../src/review/token.ts";

const key = Buffer.alloc(32, 7);
const token = deriveToken(key, "digest-1");
const base = "review@desk.example";

describe("the token of a digest", () => {
  it("has 160 bits in 32 characters of lower-case base32", () => {
    expect(token).toMatch(/^[a-z2-7]{32}$/);
    expect(token).toBe(deriveToken(key, "digest-1"));
  });

  it("is the RFC 4648 base32 of the truncated HMAC", () => {
    // python3: base64.b32encode(hmac.digest(b"\x07"*32, b"countersign review token 1\ndigest-1", "sha256")[:20]).lower()
    expect(token).toBe("ihphtbewbdvjnryqbyll4xiiv2scxwfu");
  });

  it("differs by key, by digest and from the reference", () => {
    const tokens = [
      token,
      deriveToken(key, "digest-2"),
      deriveToken(Buffer.alloc(32, 8), "digest-1"),
      deriveToken(key, "digest-1 "),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(digestReference(key, "digest-1")).toMatch(/^[a-z2-7]{8}$/);
    expect(token.startsWith(digestReference(key, "digest-1"))).toBe(false);
  });

  it("is kept as a hash only, which does not mind case", () => {
    expect(tokenHash(token)).toMatch(/^[0-9a-f]{64}$/);
    expect(tokenHash(token.toUpperCase())).toBe(tokenHash(token));
    expect(tokenHash(token)).not.toBe(tokenHash(deriveToken(key, "digest-2")));
  });

  it("refuses a key that is too short and an address that is none", () => {
    expect(() => deriveToken(Buffer.alloc(4), "d")).toThrow("security.key");
    expect(() => reviewAddress("review", token)).toThrow("desk.review_address");
  });
});

describe("the token among recipients", () => {
  const address = reviewAddress(base, token);
  const other = reviewAddress(base, deriveToken(key, "digest-2"));

  it.each([
    ["as sent", [address]],
    ["case changed on the way", [address.toUpperCase()]],
    ["beside others", ["ana@contoso.example", address, "review@desk.example"]],
    ["twice", [address, address.toUpperCase()]],
  ])("found: %s", (_, addresses) => {
    expect(tokenIn(addresses, base)).toEqual({ token });
  });

  it.each([
    ["none", ["review@desk.example"]],
    ["another domain", [address.replace("desk.example", "desk.example.evil.example")]],
    ["another local part", [address.replace("review+", "reviews+")]],
    ["another version", [address.replace("+a1.", "+a2.")]],
    ["a character too many", [address.replace("@", "a@")]],
    ["a character too few", [address.replace(/.@/, "@")]],
    ["not base32", [address.replace(token, token.slice(0, 31) + "1")]],
    ["a prefix before it", [`x${address}`]],
    ["a route", [`@relay.example:${address}`]],
    ["two tokens", [address, other]],
  ])("not found: %s", (_, addresses) => {
    expect(tokenIn(addresses, base)).toBeNull();
  });
});

describe("the reference in a subject", () => {
  it.each([
    ["Re: [Review] 2 drafts waiting · ref k3m2wq5a", true],
    ["AW: RE: [Review] … · Ref K3M2WQ5A (extern)", true],
    ["Re: [Review] 2 drafts waiting · ref k3m2wq5ab", false],
    ["Re: [Review] 2 drafts waiting", false],
  ])("%s: %s", (subject, expected) => {
    expect(bearsReference(subject, "k3m2wq5a")).toBe(expected);
    expect(bearsReference(subject, "")).toBe(false);
  });
});

it.each([
  ["[Review] 1 draft waiting · P3 Contoso: VPN drops · ref k3m2wq5a", true],
  ["AW: Fwd: [Review] 2 drafts waiting · P2 Contoso: a · b · ref K3M2WQ5A ", true],
  ["[EXT] Automatic: [review] A test of your replies · ref k3m2wq5a", true],
  ["[Review] please look at this", false],
  ["Your ref k3m2wq5a", false],
  ["[Review] 1 draft waiting · ref k3m2wq5a and more", false],
  [`[Review] ${"[Review] ".repeat(20_000)}`, false],
])("a digest's subject: %s", (subject, expected) => {
  expect(namesDigest(subject)).toBe(expected);
});

describe("tokens in what is kept", () => {
  it.each([
    [`review+a1.${token}@desk.example`, "review+a1.…@desk.example"],
    [`mailto:review%2Ba1.${token}%40desk.example?subject=x`, "mailto:review%2Ba1.…%40desk.example?subject=x"],
    [`mailto%3Areview%252BA1.${token.toUpperCase()}%2540`, "mailto%3Areview%252Ba1.…%2540"],
    [`a1.${token}x`, `a1.${token}x`],
    [`a1.${token.slice(0, 9)}\u200b${token.slice(9)}@`, "a1.…@"],
    [`a1.\u00ad${token}`, "a1.…"],
  ])("68 · %s", (text, kept) => {
    expect(withoutTokens(text)).toBe(kept);
  });

  it.each([
    ["as it stands", `mailto:review+a1.${token}@desk.example`],
    ["broken by quoted-printable", `mailto:revi=\r\new+a1=\r\n.${token}@desk.example`],
    [
      "in base64",
      Buffer.from(`mailto:review+a1.${token}@desk.example`)
        .toString("base64")
        .replaceAll(/(.{7})/g, "$1\r\n"),
    ],
  ])("68 · a token across two pieces of a message, %s", (_, mark) => {
    const head = `Content-Transfer-Encoding: base64\r\n\r\n${"QUFB".repeat(900)}`;
    for (let cut = 1; cut < mark.length; cut += 1) {
      const search = new TokenSearch("review@desk.example");
      const found = [head + mark.slice(0, cut), `${mark.slice(cut)}\r\n`].map((piece) =>
        search.foundIn(piece),
      );
      expect(found).toContain(true);
    }
  });

  it.each([
    ["percent-encoded twice", "mailto%253Areview%252Ba1.b"],
    ["with entities", "review&#43;a1&#46;b"],
    ["with named entities", "REVIEW&plus;a1&period;b"],
    ["its dot in quoted-printable", "review=2Ba1=2Eb"],
    ["in an encoded word", `Subject: =?utf-8?B?${Buffer.from("to review+a1.b@").toString("base64")}?=`],
  ])("68 · it may stand there %s", (_, raw) => {
    expect(mayHoldToken(raw, "review@desk.example")).toBe(true);
  });

  it("looks for the local part as it is, not as a pattern", () => {
    expect(mayHoldToken("xreview+a1.b", "re.iew@desk.example")).toBe(false);
    expect(mayHoldToken("re.iew+a1.b", "re.iew@desk.example")).toBe(true);
  });

  it("no mail of somebody else's is taken for one that may hold a token", () => {
    const text =
      "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gcmV2aWV3IHRlYW0=\r\nreview@desk.example review+team@x a1.b";
    expect(mayHoldToken(text, "review@desk.example")).toBe(false);
  });
});
