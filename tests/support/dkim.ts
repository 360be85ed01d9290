import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { dkimSign } from "mailauth";
import type { Resolver } from "../../src/mail/authentication.ts";

/** Domains that sign their mail, with real keys, and the DNS that publishes them. */

export interface Signing {
  /** `d=` */
  readonly domain?: string;
  /** `s=` */
  readonly selector?: string;
  readonly key?: KeyObject;
  readonly algorithm?: string;
  /** `l=` */
  readonly bodyLength?: number;
  /** `h=`, colon-separated. */
  readonly headers?: string;
}

export interface SigningDomains {
  /** `TXT name` → record; change it at will. */
  readonly zone: Record<string, string>;
  readonly resolver: Resolver;
  readonly weakKey: KeyObject;
  readonly edwardsKey: KeyObject;
  /** A change to a raw mail (bare LF): the same with a DKIM-Signature above it. */
  sign(signing?: Signing): (raw: string) => Promise<string>;
}

function keyRecord(key: KeyObject): string {
  const spki = key.export({ type: "spki", format: "der" });
  return key.asymmetricKeyType === "ed25519"
    ? `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString("base64")}`
    : `v=DKIM1; k=rsa; p=${spki.toString("base64")}`;
}

/** Each domain publishes `k1` (RSA, 2048), `ed` (Ed25519), `weak` (RSA, 768) and a strict DMARC policy. */
export function signingDomains(domains: readonly [string, ...(readonly string[])]): SigningDomains {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const edwards = generateKeyPairSync("ed25519");
  const weak = generateKeyPairSync("rsa", { modulusLength: 768 });
  const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const zone: Record<string, string> = {};
  for (const domain of domains) {
    zone[`TXT k1._domainkey.${domain}`] = keyRecord(rsa.publicKey);
    zone[`TXT ed._domainkey.${domain}`] = keyRecord(edwards.publicKey);
    zone[`TXT weak._domainkey.${domain}`] = keyRecord(weak.publicKey);
    zone[`TXT _dmarc.${domain}`] = "v=DMARC1; p=reject";
  }
  return {
    zone,
    weakKey: weak.privateKey,
    edwardsKey: edwards.privateKey,
    resolver: async (name, rrtype) => {
      const record = zone[`${rrtype} ${name}`];
      if (record === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
      return Promise.resolve([[record]]);
    },
    sign:
      (signing = {}) =>
      async (raw) => {
        const text = raw.replaceAll("\n", "\r\n");
        const signature = {
          signingDomain: signing.domain ?? domains[0],
          selector: signing.selector ?? "k1",
          privateKey:
            signing.key === undefined ? pem : signing.key.export({ type: "pkcs8", format: "pem" }).toString(),
          canonicalization: "relaxed/relaxed",
          headerList: signing.headers ?? "From:To:Subject:Message-ID:Date",
          ...(signing.algorithm === undefined ? {} : { algorithm: signing.algorithm }),
          ...(signing.bodyLength === undefined ? {} : { maxBodyLength: signing.bodyLength }),
        };
        const result = await dkimSign(Buffer.from(text), { ...signature, signatureData: [signature] });
        if (result.errors.length > 0) throw new Error(`not signed: ${JSON.stringify(result.errors)}`);
        return (result.signatures + text).replaceAll("\r\n", "\n");
      },
  };
}
