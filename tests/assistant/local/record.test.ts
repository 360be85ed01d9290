import { describe, expect, it } from "vitest";
import type { Device } from "../../../src/desk/ticket.ts";
import { deviceMeant, recordAnswer } from "../../../src/assistant/local/record.ts";
import {
  ana,
  contextOf,
  contoso,
  laptop,
  mail,
  requestOf,
  starterEngine,
  starterLanguages,
} from "../support.ts";

const languages = await starterLanguages();
const engine = await starterEngine();

const printer: Device = { ...laptop, id: 2, contactId: null, name: "DR-214", type: "printer", serial: "" };
const phone: Device = { ...laptop, id: 3, name: "PH-7", type: "phone", serial: "" };
const foreign: Device = { ...laptop, id: 4, clientId: 99, contactId: 70, name: "LT-0099" };

const meant = (text: string, devices: readonly Device[]) =>
  deviceMeant({ text, client: contoso, contact: ana, devices });

describe("the device that a mail is about", () => {
  it.each([
    ["named by its label", "The printer dr-214 is jammed.", [laptop, printer], "DR-214", true],
    ["named by its serial number", "S/N 5cg1240xyz does not start", [laptop, phone], "LT-0042", true],
    ["the only one of its kind", "My laptop is slow.", [laptop, phone], "LT-0042", false],
    ["in other words", "Mon ordinateur portable est lent.", [laptop, phone], "LT-0042", false],
  ])("%s", (_, text, devices, name, named) => {
    expect(meant(text, devices)).toMatchObject({ device: { name }, named });
  });

  it.each([
    ["two of a kind", "My laptop is slow.", [laptop, { ...laptop, id: 9, name: "LT-0077" }]],
    ["two named", "LT-0042 and DR-214 are slow.", [laptop, printer]],
    ["no word of a kind", "It is slow.", [laptop]],
    ["a shared one that is not named", "The printer is jammed.", [printer]],
    ["a longer label", "LT-00421 is slow.", [laptop]],
    ["another client's, though the mail names it", "LT-0099 is slow.", [foreign]],
  ])("is not known: %s", (_, text, devices) => {
    expect(meant(text, devices)).toBeNull();
  });

  it("is nobody's where the sender belongs to no client", () => {
    expect(deviceMeant({ text: "LT-0042", client: null, contact: null, devices: [laptop] })).toBeNull();
  });
});

describe("an answer from the record", () => {
  const device = { device: laptop, named: false };
  it.each([
    [
      "en",
      "Is my laptop still under warranty?",
      "Our records show 31 March 2027 as the end of the warranty of LT-0042.",
    ],
    [
      "de",
      "Hat mein Notebook noch Garantie?",
      "In unseren Unterlagen ist der 31. März 2027 als Ende der Garantie für LT-0042 vermerkt.",
    ],
    [
      "fr",
      "Mon portable est-il encore sous garantie ?",
      "Nos dossiers indiquent le 31 mars 2027 comme fin de garantie de LT-0042.",
    ],
    [
      "es",
      "¿Mi portátil sigue en garantía?",
      "En nuestros registros consta el 31 de marzo de 2027 como fin de la garantía de LT-0042.",
    ],
    [
      "it",
      "Il mio portatile è ancora in garanzia?",
      "Nei nostri dati la garanzia di LT-0042 ha come termine il 31 marzo 2027.",
    ],
    [
      "nl",
      "Heeft mijn laptop nog garantie?",
      "In onze gegevens staat 31 maart 2027 als einde van de garantie op LT-0042.",
    ],
    [
      "en",
      "Can you tell me the serial number?",
      "Our records show 5CG1240XYZ as the serial number of LT-0042.",
    ],
    ["en", "Which Windows do I have?", "Our records show Windows 11 as the operating system of LT-0042."],
    ["en", "Which laptop do I have?", "According to our records, your device is LT-0042 (Windows 11)."],
  ])("%s: %s", (language, question, sentence) => {
    const phrases = languages.phrasesOf(language) ?? languages.english;
    expect(recordAnswer(question, device, phrases)).toEqual({ sentence, kind: "record", name: "LT-0042" });
  });

  it("is none where the record holds nothing, or the question is of something else", () => {
    const bare = { device: { ...laptop, warranty: "" }, named: true };
    expect(recordAnswer("Is my laptop still under warranty?", bare, languages.english)).toBeNull();
    expect(recordAnswer("Is my laptop still under warranty?", null, languages.english)).toBeNull();
    expect(recordAnswer("Why is it slow?", device, languages.english)).toBeNull();
  });
});

async function draftFor(newText: string, known: readonly Device[], subject = "Laptop") {
  const context = contextOf({ known });
  const message = mail({ subject, newText });
  return engine.draft(requestOf(await engine.triage(message, context), message, context));
}

describe("a draft that knows the device", () => {
  it("does not ask which it is, says what it takes for granted, and names the record as the source", async () => {
    const text = "Hi,\n\nthe battery of my laptop is broken. Is it still under warranty?\n\nAna";
    const known = await draftFor(text, [laptop]);
    const asked = await draftFor(text, []);
    expect(asked.body).toContain("- the name or model of the device");
    expect(known.body).not.toContain("- the name or model of the device");
    expect(known.body).toContain(
      "According to our records, this is about LT-0042 (Windows 11). If it is another device, please tell us.\n\nOur records show 31 March 2027 as the end of the warranty of LT-0042.",
    );
    expect(known.questions).toEqual([{ question: "Is it still under warranty?", answeredBy: "record" }]);
    expect(known.sources.filter((one) => one.kind === "record").map((one) => one.name)).toEqual([
      "LT-0042",
      "LT-0042",
      "LT-0042",
    ]);
    expect(known.unsourced).toEqual([]);
    expect(JSON.stringify(known)).not.toContain("do not tell");
  });

  it("leaves a fixed text as it is", async () => {
    const text = "My laptop was stolen. Is it still under warranty?";
    const known = await draftFor(text, [laptop]);
    expect(known.template).toMatch(/^client\/security-/);
    expect(known.body).not.toContain("LT-0042");
    expect(known.questions[0]?.answeredBy).toBe("open");
  });

  it("looks nobody's devices up where the answer does not matter", async () => {
    let asked = 0;
    const context = { ...contextOf(), devices: () => Promise.resolve((asked += 1) > 0 ? [laptop] : []) };
    const message = mail({ subject: "VPN", newText: "My VPN drops every hour." });
    await engine.draft(requestOf(await engine.triage(message, context), message, context));
    expect(asked).toBe(0);
  });
});
