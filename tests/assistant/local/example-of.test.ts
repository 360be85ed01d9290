import { describe, expect, it } from "vitest";
import { exampleOf, exampleReader } from "../../../src/assistant/local/example-of.ts";
import { EvidenceReader } from "../../../src/assistant/local/evidence.ts";
import { canonicalSubject } from "../../../src/mail/subject.ts";
import { contoso, mail, starterRules } from "../support.ts";

const rules = await starterRules();
const read = exampleReader(rules);

describe("what the models look at in a mail", () => {
  it("is the text without greeting and signature, with the facts of mail, sender and table", () => {
    const message = mail({
      subject: "Re: VPN drops",
      newText: "Hi,\n\nmy VPN drops every hour, can you look?\n\nThanks,\nAna\nTel. +44 20 7946 0000",
      attachments: [
        { filename: "error.png", contentType: "image/png", size: 10, inline: false, sha256: "0".repeat(64) },
      ],
    });
    expect(read(message, { client: contoso })).toEqual({
      subject: "VPN drops",
      body: "my VPN drops every hour, can you look?",
      facts: [
        "client:1",
        "domain:contoso.example",
        "sender:ana@contoso.example",
        "length:line",
        "language:en",
        "attachment:image",
        "rule:vpn:clear",
        "signal:failure",
        "asks",
      ],
    });
  });

  it("names no domain of a stranger", () => {
    const { facts } = read(mail({ newText: "Hello" }), { client: null });
    expect(facts.filter((fact) => fact.includes("contoso"))).toEqual([]);
    expect(facts).toContain("client:none");
  });

  it("is the same from a stored message as while it is triaged", () => {
    const message = mail({ subject: "Drucker", newText: "Der Drucker druckt nicht mehr." });
    const evidence = new EvidenceReader(rules).read(message, canonicalSubject(message.subject), [
      "an earlier mail of the ticket",
    ]);
    expect(read(message, { client: contoso })).toEqual(exampleOf(message, { client: contoso }, evidence));
  });

  it("holds the head of a long text", () => {
    const { body, facts } = read(mail({ newText: "word ".repeat(200_000) }), { client: null });
    expect(body.length).toBeLessThanOrEqual(4000);
    expect(facts).toContain("length:long");
  });
});
