import { describe, expect, it } from "vitest";
import type { Client, Contact, Device } from "../../../src/desk/ticket.ts";
import type { Triage } from "../../../src/desk/triage.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { answeringSentence, whatWeKnow, type ToTell } from "../../../src/steps/triage/what-we-know.ts";
import type { ClientTicket } from "../../../src/store/client-tickets.ts";

const client: Client = {
  id: 1,
  name: "Contoso",
  domains: [],
  vip: false,
  regulated: false,
  sla: "",
  notes: "",
};
const ana: Contact = {
  id: 7,
  clientId: 1,
  name: "Ana Ruiz",
  email: "ana@contoso.example",
  vip: false,
  notes: "",
};
const laptop: Device = {
  id: 1,
  clientId: 1,
  contactId: 7,
  name: "LT-0042",
  type: "laptop",
  os: "Windows 11",
  serial: "",
  warranty: "",
  notes: "",
};
const other = (id: number, more: Partial<ClientTicket> = {}): ClientTicket => ({
  id,
  number: 1000 + id,
  subject: `Ticket ${id}`,
  status: "open",
  clientId: 1,
  requesterAddress: "ben@contoso.example",
  createdAt: "2026-03-02T08:05:00.000Z",
  closedAt: null,
  words: "vpn drops since the tunnel",
  ...more,
});

interface Facts {
  readonly client?: Client | null;
  readonly contact?: Contact | null;
  readonly devices?: readonly Device[];
  readonly tickets?: readonly ClientTicket[];
  readonly triage?: Partial<Triage>;
  readonly attachments?: readonly { filename: string; contentType: string; inline: boolean }[];
  readonly newText?: string;
  readonly consoleUrl?: string;
}
function lines(facts: Facts): readonly string[] {
  const input = {
    ticket: {
      id: 50,
      subject: "VPN drops",
      contactId: 7,
      clientId: 1,
      requesterAddress: "ana@contoso.example",
    },
    client: facts.client === undefined ? client : facts.client,
    message: {
      newText: facts.newText ?? "The VPN drops since the new tunnel this morning.",
      attachments: facts.attachments ?? [],
      triage: { related: [], articles: [], ...facts.triage },
    },
    known: {
      contact: facts.contact === undefined ? ana : facts.contact,
      devices: facts.devices ?? [],
      tickets: facts.tickets ?? [],
    },
    clock: { now: new Date("2026-03-02T10:00:00Z"), timeZone: "UTC" },
    consoleUrl: facts.consoleUrl ?? "",
  } as unknown as ToTell;
  return whatWeKnow(input).map(
    ({ parts, evidence }) =>
      parts.map(({ text, url }) => (url === null ? text : `${text} <${url}>`)).join("") +
      (evidence === "" ? "" : ` · ${evidence}`),
  );
}
const duplicate = {
  ticketId: 3,
  number: 1003,
  subject: "vpn",
  similarity: 0.7,
  relation: "duplicate",
} as const;
const article = {
  articleId: 1,
  title: "VPN drops since the update",
  source: "https://docs.msp.example/vpn",
  score: 1,
  excerpt:
    "Known issue.\n\n1. Open the client.\n2. Switch “Fast rekey” off after the update.\n\nFor technicians: 7.2.1 repairs it.",
};

describe("what we know", () => {
  it.each<[string, Facts, readonly string[]]>([
    ["nothing", {}, []],
    [
      "who they are, with the notes",
      {
        client: { ...client, regulated: true, notes: "Change freeze\nuntil June" },
        contact: { ...ana, vip: true, notes: "Ring first" },
      },
      ["Regulated client, Ana Ruiz is VIP · Contoso: Change freeze until June · Ana Ruiz: Ring first"],
    ],
    ["a note alone", { contact: { ...ana, notes: "Ring first" } }, ["Ana Ruiz: Ring first"]],
    [
      "the same as another, with its state and the words they share",
      { triage: { related: [duplicate] }, tickets: [other(3)], consoleUrl: "https://desk.example" },
      [
        "Same as #1003 vpn <https://desk.example/tickets/1003> · open since 08:05 · both say “vpn”, “drops”, “tunnel”",
      ],
    ],
    [
      "one that was solved",
      {
        triage: { related: [{ ...duplicate, relation: "related" }] },
        tickets: [other(3, { status: "closed", closedAt: "2026-03-01T16:20:00.000Z", words: "printer" })],
      },
      ["Like #1003 vpn · closed Sunday 16:20"],
    ],
    [
      "a number of others, and no name",
      { triage: { sameElsewhere: { count: 3, since: "2026-03-02T09:10:00.000Z" } } },
      ["3 other clients report the like since 09:10"],
    ],
    ["none elsewhere", { triage: { sameElsewhere: null } }, []],
    [
      "devices, the sender's and the named",
      {
        devices: [
          {
            ...laptop,
            id: 2,
            contactId: null,
            name: "DR-214",
            type: "printer",
            os: "",
            warranty: "",
            notes: "Toner is low",
          },
          laptop,
        ],
      },
      ["DR-214, printer, named in the mail; LT-0042, Ana Ruiz’s laptop, Windows 11 · Toner is low"],
    ],
    [
      "what an article says to technicians",
      { triage: { articles: [article] } },
      ["Article “VPN drops since the update” <https://docs.msp.example/vpn> · 7.2.1 repairs it."],
    ],
    [
      "an imported article has no address",
      {
        triage: {
          articles: [
            {
              ...article,
              source: "articles/vpn.md",
              excerpt: "Known issue.\n\nSwitch it off when the VPN drops.",
            },
          ],
        },
      },
      ["Article “VPN drops since the update” · Switch it off when the VPN drops."],
    ],
    [
      "open work, the requester's own first",
      {
        tickets: [
          other(9),
          other(8, { status: "closed" }),
          other(7, { requesterAddress: "Ana@contoso.example", status: "pending" }),
          other(6),
        ],
      },
      [
        "Also open: #1007 Ticket 7 (waits for the client since 08:05), #1009 Ticket 9 (since 08:05) and 1 more",
      ],
    ],
    [
      "attached files, not the pictures of a signature",
      {
        newText: "The printer prints stripes.",
        attachments: [
          { filename: "logo.png", contentType: "image/png", inline: true },
          { filename: "", contentType: "image/png", inline: false },
        ],
      },
      ["Attached: image/png"],
    ],
    [
      "the picture that is the whole mail, below a name alone",
      {
        newText: "Kayleigh",
        attachments: [{ filename: "image001.png", contentType: "image/png", inline: true }],
      },
      ["Attached: image001.png"],
    ],
    [
      "an invitation by what it is",
      { attachments: [{ filename: "", contentType: "text/calendar", inline: false }] },
      ["Attached: an invitation to the calendar"],
    ],
    [
      "a signature that stands beside the mail is no file of the client's",
      {
        attachments: [{ filename: "smime.p7s", contentType: "application/x-pkcs7-signature", inline: false }],
      },
      ["Signed with S/MIME; the desk did not check the signature"],
    ],
    ["nobody's client", { client: null, contact: null, tickets: [other(9)] }, []],
  ])("%s", (_, facts, told) => {
    expect(lines(facts)).toEqual(told);
  });

  it.each([
    ["047-smime-opaque", ["Attached: drops.csv", "Signed with S/MIME; the desk did not check the signature"]],
    ["049-smime-enveloped", ["Closed with S/MIME: the desk can read nothing in it"]],
  ])("%s: what S/MIME is worth here", async (name, told) => {
    const { newText, attachments } = await parseMessage({ file: `tests/fixtures/mail/${name}.eml` });
    expect(lines({ newText, attachments })).toEqual(told);
  });

  it("six lines at most, the least telling left out", () => {
    const told = lines({
      client: { ...client, regulated: true },
      devices: [laptop],
      tickets: [other(3), other(4), other(9)],
      triage: {
        sameElsewhere: { count: 1, since: "2026-03-02T09:10:00.000Z" },
        related: [duplicate, { ...duplicate, ticketId: 4, number: 1004 }],
        articles: [article, { ...article, title: "Second" }],
      },
      attachments: [{ filename: "a.log", contentType: "text/plain", inline: false }],
    });
    expect(told.map((line) => line.split(/[ :]/).slice(0, 2).join(" "))).toEqual([
      "Attached ",
      "Regulated client",
      "1 other",
      "Same as",
      "Same as",
      "Article “VPN",
    ]);
  });
});

describe("the sentence that answers", () => {
  it.each([
    ["One thing.\n\nThe printer queue is stuck.", "my printer queue", "The printer queue is stuck."],
    ["1. Switch it off.\n2. Cancel the printer queue.", "printer", "Cancel the printer queue."],
    ["Steps here.\n\nFür Techniker: Spooler neu starten.", "x", "Spooler neu starten."],
    ["", "x", ""],
  ])("%j", (excerpt, asked, sentence) => {
    expect(answeringSentence(excerpt, asked)).toBe(sentence);
  });
});
