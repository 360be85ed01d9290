import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { dkimSign } from "mailauth";
import { describe, expect, it } from "vitest";

import { authenticate } from "../../src/mail/authentication.ts";
import type { Authentication, Resolver } from "../../src/mail/authentication.ts";
import type { Envelope } from "../../src/mail/message.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const short = generateKeyPairSync("rsa", { modulusLength: 768 });
const edwards = generateKeyPairSync("ed25519");

function keyRecord(key: KeyObject): string {
  const spki = key.export({ type: "spki", format: "der" });
  // RFC 8463 §4.2: an Ed25519 record holds the bare key, the last 32 bytes of the SPKI form.
  return key.asymmetricKeyType === "ed25519"
    ? `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString("base64")}`
    : `v=DKIM1; k=rsa; p=${spki.toString("base64")}`;
}

const zone: Readonly<Record<string, string>> = {
  "TXT k1._domainkey.msp.example": keyRecord(rsa.publicKey),
  "TXT ed._domainkey.msp.example": keyRecord(edwards.publicKey),
  "TXT weak._domainkey.msp.example": keyRecord(short.publicKey),
  "TXT k1._domainkey.attacker.example": keyRecord(rsa.publicKey),
  "TXT _dmarc.msp.example": "v=DMARC1; p=reject",
  "TXT _dmarc.attacker.example": "v=DMARC1; p=reject",
  "TXT msp.example": "v=spf1 ip4:192.0.2.1 -all",
  "TXT mx.msp.example": "v=spf1 ip4:192.0.2.1 -all",
};

const resolver: Resolver = async (name, rrtype) => {
  const record = zone[`${rrtype} ${name}`];
  if (record === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
  return Promise.resolve([[record]]);
};

const broken: Resolver = async () =>
  Promise.reject(Object.assign(new Error("timed out"), { code: "ETIMEOUT" }));

const mail =
  "From: Dana Wu <dana@msp.example>\r\nTo: review@desk.example\r\nSubject: Re: [Review]\r\nMessage-ID: <1@msp.example>\r\nDate: Mon, 4 Mar 2024 10:00:00 +0000\r\n\r\napprove\r\n";

interface Signing {
  readonly domain?: string;
  readonly selector?: string;
  readonly key?: KeyObject;
  readonly algorithm?: string;
  readonly bodyLength?: number;
  readonly headers?: string;
  /** `x=` */
  readonly expires?: string;
}

async function signed(text: string, signing: Signing = {}): Promise<string> {
  const signature = {
    signingDomain: signing.domain ?? "msp.example",
    selector: signing.selector ?? "k1",
    privateKey: (signing.key ?? rsa.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
    canonicalization: "relaxed/relaxed",
    ...(signing.headers === undefined ? {} : { headerList: signing.headers }),
    ...(signing.algorithm === undefined ? {} : { algorithm: signing.algorithm }),
    ...(signing.bodyLength === undefined ? {} : { maxBodyLength: signing.bodyLength }),
  };
  const result = await dkimSign(Buffer.from(text), {
    ...signature,
    ...(signing.expires === undefined ? {} : { expires: new Date(signing.expires) }),
    signTime: new Date("2024-03-04T10:00:00Z"),
    signatureData: [signature],
  });
  expect(result.errors).toEqual([]);
  return result.signatures + text;
}

async function check(
  text: string,
  envelope: Envelope | null = null,
  dns = resolver,
  receivedAt = new Date("2024-03-04T10:01:00Z"),
): Promise<Authentication> {
  return authenticate(Buffer.from(text, "latin1"), {
    envelope,
    receivedAt,
    resolver: dns,
    authservId: "mx.desk.example",
  });
}

const envelope: Envelope = {
  reversePath: "dana@msp.example",
  forwardPaths: ["review@desk.example"],
  remoteAddress: "192.0.2.1",
  heloName: "mx.msp.example",
};

// Whatever the machine's clock says by the time somebody looks: all of these have expired long since.
const others = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) =>
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/${n % 2 === 0 ? "simple" : "relaxed"};\r\n d=d${n}.example; s=s; h=from; bh=AAAA; b=AAAA; l=${n}\r\n`,
  ).join("");

describe("a mail with many signatures", () => {
  it("is checked up to thirty", async () => {
    const result = await check(others(29) + (await signed(mail)));
    expect(result).toMatchObject({ dkim: "pass", dmarc: "pass" });
    expect(result.signatures).toHaveLength(30);
  });

  it("fails beyond, at once, whatever it says", async () => {
    const body = `${"x".repeat(70)}\r\n`.repeat(20_000);
    const begun = performance.now();
    const result = await check(others(2000) + (await signed(mail)) + body);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(result).toMatchObject({ dkim: "fail", dmarc: "fail", signatures: [] });
  });

  it("counts those of the header alone", async () => {
    const text = await signed(`${mail}${others(40)}`);
    expect((await check(text)).dkim).toBe("pass");
  });
});

describe("a signature that expires", () => {
  const EXPIRES = "2024-03-11T10:00:00.000Z";
  const received = async (at: string, change = (text: string): string => text): Promise<Authentication> =>
    check(change(await signed(mail, { expires: EXPIRES })), null, resolver, new Date(at));

  it.each(["2024-03-04T10:01:00Z", "2024-03-11T10:00:00Z", "2024-03-11T11:00:00Z"])(
    "holds for a mail that came at %s",
    async (at) => {
      const result = await received(at);
      expect(result).toMatchObject({ dkim: "pass", dmarc: "pass", fromDomain: "msp.example" });
      expect(result.signatures).toEqual([
        expect.objectContaining({ result: "pass", aligned: true, expiresAt: EXPIRES }),
      ]);
    },
  );

  it("holds no more for one that came an hour later", async () => {
    const result = await received("2024-03-11T11:00:01Z");
    expect(result).toMatchObject({ dkim: "neutral", dmarc: "fail" });
    expect(result.signatures[0]).toMatchObject({ result: "neutral", reason: "expired", expiresAt: EXPIRES });
  });

  it("proves nothing about a changed mail", async () => {
    const result = await received("2024-03-04T10:01:00Z", (text) => text.replace("approve", "approve all"));
    expect(result).toMatchObject({ dkim: "neutral", dmarc: "fail" });
  });

  it("aligns no more than one that does not expire", async () => {
    const signing = { domain: "attacker.example", expires: EXPIRES };
    const result = await check(await signed(mail, signing));
    expect(result).toMatchObject({ dkim: "pass", dmarc: "fail", signatures: [{ aligned: false }] });
  });
});

it("knows a signature however it is written", async () => {
  const text = await signed(mail);
  const folded = text.replace(/b=([A-Za-z0-9+/]{8})/g, "b=$1\r\n     ");
  const [one, other, edited] = await Promise.all([
    check(text),
    check(folded),
    check(await signed(mail.replace("approve", "reject"))),
  ]);
  expect(other.signatures[0]).toMatchObject({ result: "pass", fingerprint: one.signatures[0]?.fingerprint });
  expect(edited.signatures[0]?.fingerprint).not.toBe(one.signatures[0]?.fingerprint);
});

describe("a sound message", () => {
  it("passes DKIM and DMARC, and has no SPF without an envelope", async () => {
    const result = await check(await signed(mail));
    expect(result).toMatchObject({
      spf: "none",
      dkim: "pass",
      dmarc: "pass",
      fromDomain: "msp.example",
      spfDomain: "",
    });
    expect(result.signatures).toEqual([
      expect.objectContaining({
        domain: "msp.example",
        selector: "k1",
        result: "pass",
        bits: 2_048,
        algorithm: "rsa-sha256",
        bodyLengthLimited: false,
        aligned: true,
      }),
    ]);
    expect(result.signatures[0]?.signedHeaders).toEqual(
      expect.arrayContaining(["from", "to", "subject", "message-id"]),
    );
  });

  it("passes with Ed25519", async () => {
    const result = await check(await signed(mail, { selector: "ed", key: edwards.privateKey }));
    expect(result).toMatchObject({ dkim: "pass", dmarc: "pass" });
    expect(result.signatures[0]).toMatchObject({ algorithm: "ed25519-sha256", bits: 256 });
  });

  it("passes SPF by its envelope", async () => {
    expect(await check(mail, envelope)).toMatchObject({
      spf: "pass",
      spfDomain: "msp.example",
      dkim: "none",
      dmarc: "pass",
      signatures: [],
    });
    expect(await check(mail, { ...envelope, remoteAddress: "198.51.100.9" })).toMatchObject({
      spf: "fail",
      dmarc: "fail",
    });
    expect(await check(mail, { ...envelope, reversePath: "" })).toMatchObject({
      spf: "pass",
      spfDomain: "mx.msp.example",
    });
  });

  it("reads a message from its bytes or a source alike", async () => {
    const bytes = Buffer.from(await signed(mail));
    const receivedAt = new Date("2024-03-04T10:01:00Z");
    const options = { envelope: null, receivedAt, resolver, authservId: "mx.desk.example" };
    expect(await authenticate({ bytes }, options)).toEqual(await authenticate(bytes, options));
  });
});

describe("traps", () => {
  it("two From fields: DKIM may pass, DMARC does not", async () => {
    const result = await check(`From: mallory@attacker.example\r\n${await signed(mail)}`);
    expect(result).toMatchObject({ dmarc: "permerror", fromDomain: "" });
  });

  it("l= with text appended: the signature passes and says that it is limited", async () => {
    const text = await signed(mail, { bodyLength: 9 });
    const result = await check(`${text}approve everything else too\r\n`);
    expect(result.dmarc).toBe("pass");
    expect(result.signatures[0]).toMatchObject({ result: "pass", bodyLengthLimited: true });
    expect((await check(text)).signatures[0]?.bodyLengthLimited).toBe(true);
  });

  it("a body changed on the way is neutral, and DMARC fails", async () => {
    const result = await check((await signed(mail)).replace("\r\n\r\napprove", "\r\n\r\nreject"));
    expect(result).toMatchObject({ dkim: "neutral", dmarc: "fail" });
    expect(result.signatures[0]?.reason).toContain("body hash");
  });

  it("a signed field changed on the way fails", async () => {
    expect(await check((await signed(mail)).replace("Subject: Re", "Subject: Aw"))).toMatchObject({
      dkim: "fail",
      dmarc: "fail",
    });
  });

  it("another domain's signature is not aligned", async () => {
    const result = await check(await signed(mail, { domain: "attacker.example" }));
    expect(result).toMatchObject({ dkim: "pass", dmarc: "fail" });
    expect(result.signatures[0]).toMatchObject({ domain: "attacker.example", aligned: false });
  });

  it("a short key is refused by policy", async () => {
    const result = await check(await signed(mail, { selector: "weak", key: short.privateKey }));
    expect(result).toMatchObject({ dkim: "policy", dmarc: "fail" });
    expect(result.signatures[0]?.reason).toBe("weak-key");
  });

  it("rsa-sha1 is named, for the gate to refuse", async () => {
    const result = await check(await signed(mail, { algorithm: "rsa-sha1" }));
    expect(result.signatures[0]?.algorithm).toBe("rsa-sha1");
  });

  it("names what is signed and what is not", async () => {
    const result = await check(await signed(mail, { headers: "From:Date" }));
    expect(result.signatures[0]).toMatchObject({ result: "pass", signedHeaders: ["date", "from"] });
  });

  it("an Authentication-Results of the sender changes nothing", async () => {
    const claimed = `Authentication-Results: mx.desk.example; dkim=pass header.d=msp.example; dmarc=pass\r\n${mail}`;
    expect(await check(claimed)).toMatchObject({ spf: "none", dkim: "none", dmarc: "fail", signatures: [] });
  });

  it("no DMARC record is none", async () => {
    expect(await check(mail.replace("msp.example>", "contoso.example>"))).toMatchObject({
      dmarc: "none",
      fromDomain: "contoso.example",
    });
  });
});

describe("failing DNS", () => {
  it("is temporary, for each of the three, and throws nothing", async () => {
    expect(await check(await signed(mail), envelope, broken)).toMatchObject({
      spf: "temperror",
      dkim: "temperror",
      dmarc: "temperror",
    });
  });
});

describe("rubbish", () => {
  it.each([
    "",
    "\r\n",
    "no mail",
    "\0\0\0",
    "From: \r\n\r\n",
    "DKIM-Signature: x\r\nFrom: dana@msp.example\r\n\r\nx",
    `From: ${"a@b.example,".repeat(2_000)}\r\n\r\nx`,
  ])("%j proves nothing", async (text) => {
    const result = await check(text);
    expect(result.dkim).not.toBe("pass");
    expect(result.dmarc).not.toBe("pass");
  });
});
