import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ProposedDraft, TriageContext } from "../../../src/assistant/engine.ts";
import { guardDraft } from "../../../src/assistant/guard/guard.ts";
import { acknowledge } from "../../../src/assistant/local/drafter.ts";
import { createLocalEngine } from "../../../src/assistant/local/engine.ts";
import { parseRules } from "../../../src/assistant/local/rules.ts";
import { firstName, greetingName } from "../../../src/assistant/local/greeting.ts";
import { readTemplateFront, checkTemplate, CLIENT_VARIABLES, sampleOf } from "../../../src/templates.ts";
import type { ClientTemplateVariables } from "../../../src/templates.ts";
import {
  contextOf,
  mail,
  requestOf,
  starterEngine,
  starterLanguages,
  starterTemplates,
  vpnArticle,
} from "../support.ts";

const engine = await starterEngine();
const templates = await starterTemplates();
const languages = await starterLanguages();
const phrasesIn = (language: string) => languages.phrasesOf(language) ?? languages.english;
const nothingAllowed = { allowedAddresses: [], allowedLinkHosts: [], ownDomains: [] };

async function draftFor(
  subject: string,
  newText: string,
  context: TriageContext = contextOf(),
  instruction: string | null = null,
): Promise<ProposedDraft> {
  const message = mail({ subject, newText });
  const triage = await engine.triage(message, context);
  const first = await engine.draft(requestOf(triage, message, context));
  if (instruction === null) return first;
  return engine.draft(requestOf(triage, message, context, { instruction, previous: first.body }));
}

const sparse: ClientTemplateVariables = {
  greetingName: "there",
  subject: "",
  ticketNumber: 1,
  reference: "[#1]",
  clientName: "",
  summary: "",
  article: null,
  questions: [],
  technicianName: "Dana Wu",
  deskName: "Northwind Support",
  outage: false,
  fault: false,
  language: "en",
};

/** How a letter opens and closes. */
const MANNERS: Readonly<Record<string, { readonly greeting: RegExp; readonly closing: string }>> = {
  en: { greeting: /^Hi \S[^\n]*,\n\n/, closing: "" },
  de: { greeting: /^Guten Tag \S[^\n]*,\n\n/, closing: "Viele Grüße\n" },
  fr: { greeting: /^Bonjour \S[^\n]*,\n\n/, closing: "Cordialement,\n" },
  es: { greeting: /^Hola \S[^\n]*:\n\n/, closing: "Un saludo,\n" },
  it: { greeting: /^Buongiorno \S[^\n]*,\n\n/, closing: "Cordiali saluti,\n" },
  pt: { greeting: /^Olá \S[^\n]*,\n\n/, closing: "Com os melhores cumprimentos,\n" },
  nl: { greeting: /^Beste \S[^\n]*,\n\n/, closing: "Met vriendelijke groet,\n" },
};

describe("client templates", () => {
  it.each(templates.names("client/"))("%s reads well full and sparse, and promises nothing", (name) => {
    const source = templates.source(name);
    expect(checkTemplate(name, source, CLIENT_VARIABLES)).toEqual([]);
    const front = readTemplateFront(source);
    expect(front.title).not.toBe("");
    const language = /\.([a-z]{2})$/.exec(name)?.[1] ?? "en";
    expect(front.language).toBe(language);
    for (const variables of [sampleOf(CLIENT_VARIABLES), sparse]) {
      const body = templates.render(name, variables);
      expect(guardDraft(body, nothingAllowed)).toEqual([]);
      expect(body).not.toMatch(/!|“”|„“| {2}|\n{3}|AI\b/);
      const { greeting, closing } = MANNERS[language] ?? { greeting: /^$/, closing: "" };
      expect(body.trimStart()).toMatch(greeting);
      expect(body.trimEnd().endsWith(`\n\n${closing}Dana Wu\nNorthwind Support`)).toBe(true);
    }
  });

  it.each(templates.names("client/"))("%s exists in every language", (name) => {
    const base = name.replace(/\.[a-z]{2}$/, "");
    const missing = Object.keys(MANNERS).filter(
      (language) => !templates.has(language === "en" ? base : `${base}.${language}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("a first draft", () => {
  it("greets, shows that it understood, gives the article's steps by number, asks and signs", async () => {
    const context = contextOf({ articles: [vpnArticle] });
    const draft = await draftFor("VPN drops", "Hi,\nmy VPN drops every hour. Why?\nAna", context);
    expect(draft).toMatchObject({ template: "client/vpn", articleIds: [12], unsourced: [], warnings: [] });
    expect(draft.body).toBe(
      [
        "Hi Ana,",
        "Thank you for your message. We are sorry that your VPN connection is giving you trouble.",
        "Our guide “VPN drops every hour: switch fast rekey off” may already solve it. Please try these steps:",
        "1. Open the VPN client.\n2. Choose Settings, then Connection.\n3. Switch “Fast rekey” off and connect again.",
        "If that does not help, please tell us:",
        "- whether you are at home, on the road or in the office",
        "One of our technicians will also answer your question about the cause.",
        "A reply to this email is enough; we will take it from there.",
        "Dana Wu\nNorthwind Support",
      ].join("\n\n"),
    );
  });

  it("says so where several reported the same", async () => {
    const tickets = [1, 2].map((number) => ({
      ticketId: number,
      number,
      subject: "",
      similarity: 0.8,
      relation: "duplicate" as const,
    }));
    const draft = await draftFor("VPN drops", "The VPN drops.", contextOf({ tickets }));
    expect(draft.body).toContain("more than one report");
  });

  it("does not put an English article into a German reply", async () => {
    const text =
      "Guten Tag, die VPN Verbindung bricht ab, drops every hour, fast rekey off. Können Sie mir bitte helfen?";
    const draft = await draftFor("VPN", text, contextOf({ articles: [vpnArticle] }));
    expect(draft).toMatchObject({ template: "client/vpn.de", articleIds: [] });
    expect(draft.body).not.toContain("rekey");
  });

  it.each([
    [
      "a request about what usually is a fault",
      "VPN for Tom",
      "Please set up VPN access for Tom.",
      "client/request",
    ],
    ["identity", "Password", "I forgot my password, please reset it.", "client/identity-callback"],
    [
      "identity beside another matter",
      "Printer",
      "The printer is jammed. Also please give me admin rights on my printer PC.",
      "client/identity-callback",
    ],
    ["a phishing report", "Strange email", "I got a phishing mail, what now?", "client/security-phishing"],
    ["a break-in", "Hacked", "I think my account was hacked.", "client/security-incident"],
    ["nothing that matches", "xyzzy", "plugh", "client/general"],
    [
      "German without a rule",
      "Allgemeines",
      "Guten Tag, ich habe da mal etwas und bitte um Rückruf.",
      "client/general.de",
    ],
  ])("takes the template for %s", async (_, subject, text, template) => {
    expect((await draftFor(subject, text)).template).toBe(template);
  });

  it("says that it has no template in the client's language", async () => {
    const draft = await draftFor(
      "Drukarka",
      "Dzień dobry, nasza drukarka (printer) nie działa od rana, proszę o pomoc.",
    );
    expect(draft.template).toBe("client/printer");
    expect(draft.warnings).toEqual([
      "There is no template in the client's language, Polish (pl): the draft is in English.",
    ]);
    expect(draft.body).toContain("- which printer it is, by the name on it");
    expect(draft.confidence).toBeLessThanOrEqual(0.4);
  });

  it.each([
    [
      "Bonjour, notre imprimante ne fonctionne plus depuis ce matin, merci.",
      "client/printer.fr",
      "\n- de quelle imprimante il s’agit, d’après le nom inscrit dessus\n",
    ],
    ["Buenos días, la impresora no imprime. Gracias.", "client/printer.es", "\n- de qué impresora se trata"],
    ["Buongiorno, la stampante non funziona più da ieri.", "client/printer.it", "\n- di quale stampante"],
    ["Bom dia, a impressora não imprime desde ontem.", "client/printer.pt", "\n- de que impressora se trata"],
    ["Goedemorgen, de printer doet het niet meer.", "client/printer.nl", "\n- om welke printer het gaat"],
  ])("answers in the client's language: %s", async (text, template, asks) => {
    const draft = await draftFor("Help", text);
    expect(draft).toMatchObject({ template, warnings: [], unsourced: [] });
    expect(draft.body).toContain(asks);
  });

  it("writes English where the language is no more than a guess, and says so", async () => {
    const draft = await draftFor("Annual leave", "se ca");
    expect(draft.body).toMatch(/^Hi /);
    expect(draft.warnings).toEqual([
      expect.stringMatching(
        /^The client's language could not be told for sure, perhaps \w+ \(\w\w\): the draft is in English\.$/,
      ),
    ]);
    const unknown = "Labdien, otrā stāva printeris kopš vakardienas vairs nedrukā, lūdzu palīdziet!";
    expect((await draftFor("Printeris", unknown)).warnings[0]).toMatch(
      /^The client's language could not be told/,
    );
    expect((await draftFor("xyzzy", "plugh")).warnings).toEqual([]);
  });

  it("asks only what the rules have words for in the reply's language, and tells the reviewer of the rest", async () => {
    const yaml = readFileSync("templates/rules.yaml", "utf8").replace(/, fr: "ce que son écran affiche"/, "");
    const older = createLocalEngine({ rules: parseRules(yaml), templates, languages });
    const message = mail({
      subject: "Imprimante",
      newText: "Bonjour, notre imprimante ne fonctionne plus, merci.",
    });
    const triage = await older.triage(message, contextOf());
    const draft = await older.draft(requestOf(triage, message, contextOf()));
    expect(draft.body).toContain("- de quelle imprimante il s’agit");
    expect(draft.body).not.toContain("what its display says");
    expect(draft.warnings).toEqual([
      "Not asked for, since the rules have no words for it in French: what its display says.",
    ]);
  });

  it("answers what was forgotten together with the mail before it", async () => {
    const earlier = ["Hello,\n\nmy VPN drops every hour. What can I do?\n\nBest regards\nAna Ruiz"];
    const context = contextOf({ earlier, articles: [vpnArticle] });
    const draft = await draftFor("VPN", "Forgot to say: I am at home.\n\nAna", context);
    expect(draft.template).toBe("client/vpn");
    expect(draft.body).toContain("1. Open the VPN client.");
    expect(draft.body).not.toContain("whether you are at home");
    expect(draft.questions).toEqual([{ question: "What can I do?", answeredBy: "article" }]);
  });

  it("answers a follow-up as one", async () => {
    const draft = await draftFor(
      "VPN",
      "It still drops.",
      contextOf({ earlier: ["My VPN drops."], answered: true }),
    );
    expect(draft.template).toBe("client/follow-up");
  });

  it("never prints a client's link, markup or loud marks back at them", async () => {
    const draft = await draftFor("[click](https://evil.example) now!!!", "xyzzy");
    expect(draft.body).not.toMatch(/evil|click/);
    expect((await draftFor("HELP!!! **monitor** {{x}}", "xyzzy")).body).not.toMatch(/[{*!]/);
  });

  it("signs with the desk alone where no technician is known", async () => {
    const message = mail({ subject: "xyzzy", newText: "plugh" });
    const triage = await engine.triage(message, contextOf());
    const request = {
      ...requestOf(triage, message, contextOf()),
      signature: { technician: "Desk", desk: "Desk" },
    };
    expect((await engine.draft(request)).body.endsWith("\n\nDesk")).toBe(true);
  });

  it("acknowledges with the number and no promise", async () => {
    const message = mail({ subject: "Re: VPN drops", newText: "plugh" });
    const triage = await engine.triage(message, contextOf());
    const { template, body } = acknowledge({ templates, languages }, requestOf(triage, message, contextOf()));
    expect(template).toBe("client/acknowledge");
    expect(body).toContain("about “VPN drops”. It has arrived, and its number is [#1042].");
    expect(guardDraft(body, nothingAllowed)).toEqual([]);
  });
});

const vpn = (instruction: string) =>
  draftFor("VPN drops", "My VPN drops every hour.", contextOf({ articles: [vpnArticle] }), instruction);

describe("a redraft", () => {
  it("40 · is not kept busy by words said again and again", async () => {
    const before = performance.now();
    await vpn(`ask ${"them also ".repeat(14)}?`);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it.each([
    ["say: the spare laptop is ready for you", "The spare laptop is ready for you."],
    ["tell her that we found the fault", "We found the fault."],
    ["Add: “Your manager has agreed.”", "Your manager has agreed."],
    ["bitte schreib, dass das Ersatzgerät bereitliegt", "Das Ersatzgerät bereitliegt."],
  ])("%s: adds the sentence and says that it has no source", async (instruction, sentence) => {
    const draft = await vpn(instruction);
    expect(draft.body).toContain(`\n\n${sentence}\n\n`);
    expect(draft.unsourced).toEqual([sentence]);
    expect(draft.confidence).toBeLessThanOrEqual(0.5);
  });

  it.each([
    ["ask which program it is", "- which program it is"],
    ["Please ask her when it began", "- when it began"],
    ["frag sie, seit wann das so ist", "- seit wann das so ist"],
  ])("asks what is to be asked: %s", async (instruction, asked) => {
    const draft = await vpn(instruction);
    expect(draft.body).toContain(asked);
    expect(draft.warnings).toEqual([]);
  });

  it("asks for one thing more, in the list", async () => {
    const draft = await vpn("ask for the serial number");
    expect(draft.body).toMatch(/\n- whether you are [^\n]+\n- the serial number\n/);
    expect(draft.unsourced).toEqual(["the serial number"]);
  });

  it("does two things at once", async () => {
    const draft = await vpn("say: we found it, and ask for the serial number");
    expect(draft.body).toContain("We found it.");
    expect(draft.body).toContain("- the serial number");
  });

  it("shortens to what matters", async () => {
    const [short, long] = [await vpn("shorter please"), await vpn("say: x")];
    expect(short.body.length).toBeLessThan(long.body.length);
    expect(short.body).toMatch(/^Hi Ana,\n\nWe are sorry that your VPN/);
    expect(short.body).toContain("1. Open the VPN client.");
    expect(short.unsourced).toEqual([]);
  });

  it("changes the language, and the questions with it", async () => {
    const draft = await vpn("in German please");
    expect(draft.template).toBe("client/vpn.de");
    expect(draft.body).toContain("- ob Sie zu Hause, unterwegs oder im Büro sind");
    expect((await vpn("in Polish")).warnings[0]).toContain("no template in that language, Polish (pl)");
  });

  it("leaves steps out, and the article with them", async () => {
    const draft = await vpn("remove the steps");
    expect(draft.body).not.toContain("Open the VPN client.");
    expect(draft.articleIds).toEqual([]);
  });

  it.each([
    "be friendlier",
    "add a line about pricing",
    "mention nothing",
    "remove the bit about unicorns",
    "???",
  ])("says what it did not do, and changes nothing: %s", async (instruction) => {
    const [before, draft] = [await vpn("???"), await vpn(instruction)];
    if (instruction !== "mention nothing") {
      expect(draft.body).toBe(before.body);
      expect(draft.warnings).toEqual([
        `Not carried out: “${instruction}”. Write “say: …” with the sentence you want, or edit the draft.`,
      ]);
    } else expect(draft.unsourced).toEqual(["Nothing."]);
  });

  it("keeps a technician's own words and marks them as theirs", async () => {
    const message = mail({ subject: "VPN", newText: "My VPN drops." });
    const triage = await engine.triage(message, contextOf());
    const previous = "Hi Ana,\n\nthe gateway was replaced.\n\nDana Wu\nNorthwind Support";
    const draft = await engine.draft(
      requestOf(triage, message, contextOf(), { instruction: "ask for the time of the last drop", previous }),
    );
    expect(draft.body).toBe(
      "Hi Ana,\n\nthe gateway was replaced.\n\nCould you please tell us:\n\n- the time of the last drop\n\nDana Wu\nNorthwind Support",
    );
    expect(draft.unsourced).toContain("the gateway was replaced.");
  });

  it("never changes the call-back text", async () => {
    const [first, again] = [
      await draftFor("Password", "Please reset my password."),
      await draftFor(
        "Password",
        "Please reset my password.",
        contextOf(),
        "say: your new password is Summer24",
      ),
    ];
    expect(again.body).toBe(first.body);
    expect(again.warnings).toHaveLength(1);
  });
});

describe("the name behind the greeting", () => {
  it.each([
    ["Ana Ruiz", "Ana"],
    ["Ruiz, Ana", "Ana"],
    ["Dr. Ana Ruiz (Contoso)", "Ana"],
    ["ANA RUIZ", "Ana"],
    ["ana ruiz", "Ana"],
    ["Jean-Luc Morel", "Jean-Luc"],
    ["Frau Seidel", ""],
    ["M. Engel", ""],
    ["Accounts Payable", ""],
    ["Reception", ""],
    ["ana@contoso.example", ""],
    ["Win $$$ now", "Win"],
    ["[x](https://evil.example)", ""],
    ["{{technicianName}}", ""],
    ["", ""],
  ])("%j: %j", (written, name) => {
    expect(firstName(written)).toBe(name);
  });

  it("goes from the contact record to the display name to the signature to a neutral word", () => {
    const none = { contact: "", displayName: "", signedBy: "" };
    expect(greetingName({ contact: "Ana Ruiz", displayName: "x", signedBy: "Bo" }, phrasesIn("en"))).toBe(
      "Ana",
    );
    expect(greetingName({ ...none, displayName: "Cy Lee", signedBy: "Bo" }, phrasesIn("en"))).toBe("Cy");
    expect(
      greetingName({ ...none, displayName: "info@contoso.example", signedBy: "Bo" }, phrasesIn("en")),
    ).toBe("Bo");
    expect(greetingName(none, phrasesIn("en"))).toBe("there");
    expect(greetingName(none, phrasesIn("de"))).toBe("zusammen");
    // “Guten Tag Ana, … Sie” mixes two ways of speaking.
    expect(greetingName({ ...none, contact: "Ana Ruiz" }, phrasesIn("de"))).toBe("Ana Ruiz");
    expect(greetingName({ ...none, displayName: "Dr. Ruiz, Ana (Contoso)" }, phrasesIn("de"))).toBe(
      "Ana Ruiz",
    );
    expect(greetingName({ ...none, displayName: "ANA" }, phrasesIn("de"))).toBe("Ana");
    expect(greetingName({ ...none, signedBy: "Ana" }, phrasesIn("de"))).toBe("Ana");
    expect(greetingName({ ...none, contact: "Empfang Contoso" }, phrasesIn("de"))).toBe("zusammen");
    expect(greetingName(none, phrasesIn("xx"))).toBe("there");
  });
});
