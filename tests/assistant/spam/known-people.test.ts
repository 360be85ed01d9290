import { describe, expect, it } from "vitest";
import { KnownPeople, type KnownPerson } from "../../../src/assistant/spam/known-people.ts";
import { LikeDomains } from "../../../src/assistant/spam/like-domain.ts";
import { contextOf, mail, starterEngine } from "../support.ts";

describe("domains that look like a known one", () => {
  const domains = new LikeDomains<string>();
  for (const domain of [
    "northwind.example",
    "contoso.example",
    "modern-mail.example",
    "abc.example",
    "msp.com",
  ])
    domains.add(domain, domain);

  it.each([
    ["c0ntoso.example", "looks"],
    ["northvvind.example", "looks"],
    ["modem-mail.example", "looks"],
    ["contos0.test", "looks"],
    ["con-toso.example", "hyphen"],
    ["contoso-support.test", "hyphen"],
    ["it-contoso.test", "hyphen"],
    ["modernmail.example", "hyphen"],
    ["contosso.example", "letter"],
    ["cntoso.example", "letter"],
    ["contsoo.example", "letter"],
    ["contoso.test", "ending"],
    // Cyrillic о and с, Greek ο, an accent, as DNS writes them.
    ["xn--cntoso-wqf.example", "looks"],
    ["xn--ontoso-hrf.test", "looks"],
    ["xn--contos-n0e.example", "looks"],
    ["xn--contoo-mz7b.example", "looks"],
  ])("%s: %s", (domain, how) => {
    expect(domains.like(domain)?.how).toBe(how);
  });

  it.each([
    ["contoso.example.login.test", "contoso.example"],
    ["mail.contoso.example.test", "contoso.example"],
    ["contoso-example.test", "contoso.example"],
    ["login.contoso-example.test", "contoso.example"],
  ])("%s holds %s", (domain, known) => {
    expect(domains.within(domain)).toMatchObject({ domain: known, how: "within" });
  });

  it.each(["mail.contoso.example", "contoso.example", "msp.com.au", "contoso.login.test", "a.b.c.d.e", ""])(
    "%s holds none",
    (domain) => {
      expect(domains.within(domain)).toBeNull();
    },
  );

  it.each([
    "contoso.example",
    "fabrikam.example",
    "xn--mller-kva.example",
    "xn--e1aybc.example",
    "abd.example",
    "abc.test",
    "northwinds-of-change.example",
    "",
  ])("%s is like none", (domain) => {
    expect(domains.like(domain)).toBeNull();
  });
});

const person = (over: Partial<KnownPerson>): KnownPerson => ({
  name: "Ana Ruiz",
  addresses: ["ana@contoso.example"],
  kind: "contact",
  vip: false,
  client: "Contoso",
  domains: ["contoso.example"],
  ...over,
});
const desk = { client: "", domains: ["msp.example"] };
const people = new KnownPeople(
  [
    person({}),
    person({ name: "Mia Berg", addresses: ["mia@contoso.example"], vip: true }),
    person({ name: "Dana Wu", addresses: ["dana@msp.example"], kind: "technician", ...desk }),
    person({ name: "Kim Osei", addresses: ["kim@msp.example"], kind: "admin", ...desk }),
    person({
      name: "Jan Novák",
      addresses: ["jan@fabrikam.example"],
      client: "Fabrikam",
      domains: ["fabrikam.example"],
    }),
    person({ name: "Jan Novak", addresses: ["jan.novak@gmail.com"], client: "Woodgrove", domains: [] }),
    person({ name: "Reception", addresses: ["desk@contoso.example"] }),
  ],
  [
    { domain: "contoso.example", client: "Contoso" },
    { domain: "msp.example", client: "" },
    { domain: "gmail.com", client: "Woodgrove" },
  ],
);
const from = (name: string, address: string, reply?: string) =>
  people.imitatedBy({
    from: [{ name, address }],
    replyTo: reply === undefined ? [] : [{ name: "", address: reply }],
  });

describe("who writes in a known person's name", () => {
  it.each([
    ["Ana Ruiz", "ana.ruiz@gmail.com", 1],
    ["Ruiz, Ana", "ana.ruiz@gmail.com", 1],
    ["ANA RUIZ (Contoso)", "x@evil.test", 1],
    ["Mia Berg", "mia.berg@gmail.com", 2],
    ["Dana Wu", "dana.wu@mailer.test", 2],
    ["Kim Osei - Northwind IT", "it@mailer.test", 2],
    ["Dana Wu, Support Desk", "x@mailer.test", 2],
    // A Cyrillic а, one between the letters that takes no room, and other forms of the same letters.
    ["D\u0430na Wu", "x@mailer.test", 2],
    ["Da\u200bna Wu", "x@mailer.test", 2],
    ["D\u00adana W\u00adu", "x@mailer.test", 2],
    ["\u202aDana Wu\u202c", "x@mailer.test", 2],
    ["\uff24\uff41\uff4e\uff41 \uff37\uff55", "x@mailer.test", 2],
  ])("%s <%s> weighs %i", (name, address, weight) => {
    const [found] = from(name, address);
    expect(found).toMatchObject({ kind: "person", weight });
    expect(found?.sentence).toMatch(/^it looks like .+ but comes from /);
  });

  it("is mild about what may be a private address, and is not where replies go elsewhere", () => {
    expect(from("Ana Ruiz", "ana.ruiz@gmail.com")[0]?.sentence).toBe(
      "it looks like Ana Ruiz (Contoso) but comes from ana.ruiz@gmail.com; it may be a private address",
    );
    expect(from("Ana Ruiz", "ana.ruiz@gmail.com", "cash@evil.test")[0]).toMatchObject({
      weight: 3,
      sentence:
        "it looks like Ana Ruiz (Contoso) but comes from ana.ruiz@gmail.com, and replies would go to cash@evil.test",
    });
  });

  it.each([
    ["Ana Ruiz", "ana@contoso.example"],
    ["Ana Ruiz", "a.ruiz@mail.contoso.example"],
    ["Jan Novak", "jan.novak@gmail.com"],
    ["Reception", "hello@elsewhere.test"],
    ["Ana", "ana@elsewhere.test"],
    ["", "ana@elsewhere.test"],
    ["Yusuf Kaya", "yusuf@elsewhere.test"],
  ])("%s <%s> is nobody's double", (name, address) => {
    expect(from(name, address)).toEqual([]);
  });

  it("44 · names a domain in other letters, or one that holds a client's", () => {
    for (const domain of ["xn--cntoso-wqf.example", "contoso.example.login.test", "contoso-example.test"])
      expect(from("Accounts", `pay@${domain}`)).toMatchObject([
        { weight: 3, sentence: `its domain ${domain} looks like contoso.example, Contoso’s, and is not` },
      ]);
    expect(from("Accounts", "pay@mail.contoso.example")).toEqual([]);
  });

  it("names a domain that is a double of a client's or the desk's, never a freemail one", () => {
    expect(from("Accounts", "pay@c0ntoso.example")).toEqual([
      {
        kind: "person",
        weight: 3,
        sentence: "its domain c0ntoso.example looks like contoso.example, Contoso’s, and is not",
      },
    ]);
    expect(from("Accounts", "pay@gmaill.com")).toEqual([]);
  });
});

const asked = (name: string, address: string) =>
  mail({
    from: [{ name, address }],
    subject: "Printer",
    newText: "Hello, our printer prints blank pages. Can you help?",
  });

describe("what comes of it", () => {
  const stranger = contextOf({ client: null, contact: null, people });

  it("a private address raises the risk, and is no spam", async () => {
    const found = await (await starterEngine()).triage(asked("Ana Ruiz", "ana.ruiz@gmail.com"), stranger);
    expect(found.spam.value).toBe(false);
    expect(found.risks).toEqual([
      { kind: "spoofing", evidence: expect.stringContaining("it may be a private address") },
    ]);
  });

  it("who pretends to be a technician is a matter of security, for a person to judge", async () => {
    const found = await (await starterEngine()).triage(asked("Dana Wu", "dana.wu@mailer.test"), stranger);
    expect(found.spam.value).toBe(false);
    expect(found.risks.map((risk) => risk.kind)).toEqual(["security", "spoofing"]);
    expect(found.risks[0]?.evidence).toContain("it looks like Dana Wu (a technician here)");
  });
});
