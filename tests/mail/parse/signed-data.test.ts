import "../../support/fuzz-seed.ts";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { defaultParseLimits } from "../../../src/mail/parse/parse-limits.ts";
import { contentOfSignedData } from "../../../src/mail/parse/signed-data.ts";

const mail = (name: string): string => readFileSync(`tests/fixtures/mail/${name}.eml`, "utf8");
const der = (name: string): Buffer => Buffer.from(mail(name).split("\n\n")[1] ?? "", "base64");
const NAMES = ["047-smime-opaque", "048-smime-opaque-in-pieces"];

describe("an opaque signature", () => {
  it.each(NAMES)("%s holds the mail that was signed", (name) => {
    expect(contentOfSignedData(der(name))?.toString()).toMatch(
      /^Content-Type: multipart\/mixed; boundary="in"/,
    );
  });

  it.each(NAMES)("%s, cut or changed anywhere, is read or is not, and never throws", (name) => {
    const whole = der(name);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (cut, at, byte) => {
        contentOfSignedData(whole.subarray(0, cut));
        const changed = Buffer.from(whole);
        changed[at] = byte;
        contentOfSignedData(changed);
      }),
    );
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["lists that never end", Buffer.from("3080".repeat(200_000), "hex")],
    [
      "pieces in pieces",
      Buffer.concat([
        der("048-smime-opaque-in-pieces").subarray(0, 50),
        Buffer.from("2480".repeat(100_000), "hex"),
      ]),
    ],
    ["a length beyond the end", Buffer.from("3084ffffffff06092a864886f70d010702", "hex")],
  ])("%s is none", (_, bytes) => {
    const before = performance.now();
    expect(contentOfSignedData(bytes)).toBeNull();
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it("stays an attachment where it is larger than may be looked into", async () => {
    const bytes = Buffer.from(mail("047-smime-opaque"));
    const message = await parseMessage({ bytes }, { ...defaultParseLimits, signedBytes: 100 });
    expect([message.text, message.attachments.length, message.defects]).toEqual(["", 1, []]);
  });

  it("is held to the limits of any other mail", async () => {
    const bytes = Buffer.from(mail("047-smime-opaque"));
    await expect(parseMessage({ bytes }, { ...defaultParseLimits, parts: 2 })).rejects.toThrow("MIME parts");
  });
});
