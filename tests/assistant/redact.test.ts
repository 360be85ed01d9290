import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "../../src/assistant/redact.ts";

describe("33 · redact", () => {
  it.each([
    ["my password is Summer2024! and it fails", "my password is [removed: password] and it fails"],
    ["Passwort: geheim", "Passwort: [removed: password]"],
    ["password:\n hunter", "password:\n [removed: password]"],
    ["password=abc123", "password=[removed: password]"],
    ["Kennwort lautet jetzt Sommer24", "Kennwort lautet jetzt [removed: password]"],
    ["please reset users password to daypay3", "please reset users password to [removed: password]"],
    ['the password is "rosebud"', "the password is [removed: password]"],
    ["PIN 4711 works", "PIN [removed: password] works"],
    ["mot de passe : Soleil9", "mot de passe : [removed: password]"],
    ["Card 4111 1111 1111 1111 please", "Card [removed: card number] please"],
    ["4111-1111-1111-1111", "[removed: card number]"],
    ["IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [removed: account number] bitte"],
    ["GB29NWBK60161331926819", "[removed: account number]"],
    ["order 1234567890123", "order [removed: number]"],
    ["key AKIAIOSFODNN7EXAMPLE", "key [removed: key]"],
    ["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[removed: key]"],
    ["-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nthen", "[removed: key]\nthen"],
  ])("%j", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it.each([
    "the password is expired",
    "Password: reset needed",
    "Outlook keeps asking for my password since Monday 9:00",
    "call +49 30 1234567 or 020 7946 0000",
    "It happened on 2026-11-20 at 03:12 on SRV-FILE02.",
    "Ticket [#1042], client 7.2.1",
  ])("leaves %j alone", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("changes nothing the second time, and never throws", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "password",
            ":",
            "is",
            "Summer24!",
            "4111 1111 1111 1111",
            "\n",
            " ",
            "x",
            "DE89 3704 0044 0532 0130 00",
          ),
        ),
        (parts) => {
          const once = redact(parts.join(" "));
          expect(once).not.toContain("4111 1111 1111 1111");
          expect(redact(once)).toBe(once);
        },
      ),
    );
  });
});
