import { describe, expect, test } from "vitest";
import { replyRecipients } from "../../src/desk/recipients.ts";
import type { ReplyRecipientsInput } from "../../src/desk/recipients.ts";
import type { Mailbox } from "../../src/mail/message.ts";
import { cpuMsOf } from "../support/cpu-time.ts";

const box = (address: string): Mailbox => ({ name: "", address });
const boxes = (...list: string[]): readonly Mailbox[] => list.map(box);

interface Case {
  readonly name: string;
  readonly from?: string;
  readonly replyTo?: readonly string[];
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly domains?: readonly string[];
  readonly participants?: readonly string[];
  readonly requester?: string;
  readonly expected: {
    readonly to: readonly string[];
    readonly cc: readonly string[];
    readonly dropped?: readonly string[];
    readonly warnings?: number;
  };
}

const ANA = "ana@contoso.example";
const CASES: readonly Case[] = [
  { name: "the author alone", expected: { to: [ANA], cc: [] } },
  {
    name: "Cc of the client's domains, and To beside the desk",
    to: ["support@desk.example", "bob@contoso.example"],
    cc: ["eve@berlin.contoso.example"],
    expected: { to: [ANA], cc: ["bob@contoso.example", "eve@berlin.contoso.example"] },
  },
  {
    name: "a foreign Cc is dropped and shown",
    cc: ["x@other.example"],
    expected: { to: [ANA], cc: [], dropped: ["x@other.example"] },
  },
  {
    name: "a foreign participant stays",
    cc: ["helper@partner.example"],
    participants: ["Helper@partner.example"],
    expected: { to: [ANA], cc: ["helper@partner.example"] },
  },
  {
    name: "a foreign Reply-To is ignored and flagged",
    replyTo: ["ana@evil.example"],
    expected: { to: [ANA], cc: [], dropped: ["ana@evil.example"], warnings: 1 },
  },
  {
    name: "a Reply-To on the client's domain is followed",
    replyTo: ["it@contoso.example"],
    expected: { to: ["it@contoso.example"], cc: [] },
  },
  {
    name: "a Reply-To on another domain of the client is followed",
    replyTo: ["it@contoso-group.example"],
    domains: ["contoso.example", "contoso-group.example"],
    expected: { to: ["it@contoso-group.example"], cc: [] },
  },
  {
    name: "the Reply-To that is the author",
    replyTo: ["Ana@contoso.example"],
    expected: { to: ["Ana@contoso.example"], cc: [] },
  },
  {
    name: "a Reply-To on the author's freemail domain is foreign",
    from: "ana@gmail.com",
    requester: "ana@gmail.com",
    replyTo: ["other@gmail.com"],
    domains: [],
    expected: { to: ["ana@gmail.com"], cc: [], dropped: ["other@gmail.com"], warnings: 1 },
  },
  {
    name: "freemail never counts as the client's",
    from: "ana@gmail.com",
    requester: "ana@gmail.com",
    cc: ["bob@gmail.com"],
    domains: ["gmail.com"],
    expected: { to: ["ana@gmail.com"], cc: [], dropped: ["bob@gmail.com"] },
  },
  {
    name: "the desk's addresses never, nor a review token",
    cc: ["review+a1.secret@desk.example", "SUPPORT@desk.example"],
    domains: ["contoso.example", "desk.example"],
    expected: { to: [ANA], cc: [] },
  },
  {
    name: "36 · a Reply-To at the desk, as a group sets it, means the author",
    replyTo: ["support@desk.example"],
    domains: ["contoso.example", "desk.example"],
    expected: { to: [ANA], cc: [] },
  },
  {
    name: "each address once",
    to: ["bob@contoso.example"],
    cc: ["BOB@contoso.example", ANA],
    expected: { to: [ANA], cc: ["bob@contoso.example"] },
  },
  {
    name: "31 · a colleague who was never part of it changes nothing",
    from: "bob@contoso.example",
    cc: ["carl@contoso.example"],
    participants: [ANA],
    expected: { to: [ANA], cc: [], dropped: ["bob@contoso.example", "carl@contoso.example"] },
  },
  {
    name: "31 · a participant who answers stays in Cc",
    from: "bob@contoso.example",
    participants: [ANA, "bob@contoso.example"],
    expected: { to: [ANA], cc: ["bob@contoso.example"] },
  },
  {
    name: "31 · another person's Reply-To is not followed",
    from: "bob@contoso.example",
    replyTo: ["bob2@contoso.example"],
    participants: [ANA, "bob@contoso.example"],
    expected: { to: [ANA], cc: ["bob@contoso.example"] },
  },
  {
    name: "a technician's forward goes to the forwarded author",
    from: "dana@msp.example",
    expected: { to: [ANA], cc: [], dropped: ["dana@msp.example"] },
  },
  {
    name: "42 · a Reply-To that nobody can be written to means the author",
    replyTo: ["eve%evil.example@contoso.example"],
    expected: { to: [ANA], cc: [], dropped: ["eve%evil.example@contoso.example"] },
  },
  {
    name: "42 · recipient syntax tricks are dropped",
    cc: [
      '"bob@evil.example"@contoso.example',
      "bob@evil.example@contoso.example",
      "<bob@contoso.example",
      "bob(x)@contoso.example",
      "bob@contoso.example\r\nBcc: x@contoso.example",
      "@contoso.example",
      "bob@",
      "bob@contoso..example",
      "bob@[10.0.0.1]",
      "eve%evil.example@contoso.example",
      "evil.example!eve@contoso.example",
    ],
    expected: {
      to: [ANA],
      cc: [],
      dropped: [
        '"bob@evil.example"@contoso.example',
        "bob@evil.example@contoso.example",
        "<bob@contoso.example",
        "bob(x)@contoso.example",
        "bob@contoso.example\r\nBcc: x@contoso.example",
        "@contoso.example",
        "bob@",
        "bob@contoso..example",
        "bob@[10.0.0.1]",
        "eve%evil.example@contoso.example",
        "evil.example!eve@contoso.example",
      ],
    },
  },
  {
    name: "a requester that cannot be written to",
    from: "x y@contoso.example",
    requester: "x y@contoso.example",
    expected: { to: [], cc: [], dropped: ["x y@contoso.example"], warnings: 1 },
  },
];

describe("replyRecipients", () => {
  test.each(["cc", "to", "replyTo"] as const)(
    "40 · a hundred others in %s are answered, of more only the requester",
    (field) => {
      const of = (count: number) =>
        replyRecipients({
          message: {
            from: boxes(ANA),
            replyTo: [],
            to: [],
            cc: [],
            [field]: Array.from({ length: count }, (_, at) => box(`u${at}@contoso.example`)),
          },
          deskAddresses: ["support@desk.example"],
          clientDomains: ["contoso.example"],
          ticketParticipants: [ANA],
          requester: box(ANA),
        });
      const hundred = of(100);
      expect(hundred[field === "replyTo" ? "to" : "cc"]).toHaveLength(100);
      expect(hundred.warnings).toEqual([]);
      const circular = of(101);
      expect(circular).toMatchObject({ to: boxes(ANA), cc: [], dropped: [] });
      expect(circular.warnings).toEqual([expect.stringContaining("100 people")]);
    },
  );

  test("40 · ten thousand addresses are compared in linear time", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `u${at}@contoso.example`);
    const look = (): unknown =>
      replyRecipients({
        message: { from: boxes(ANA), replyTo: [], to: boxes(...many), cc: boxes(...many) },
        deskAddresses: ["support@desk.example"],
        clientDomains: ["contoso.example"],
        ticketParticipants: many,
        requester: box(ANA),
      });
    expect(cpuMsOf(look)).toBeLessThan(1000);
  });

  test.each(CASES)("$name", (one) => {
    const input: ReplyRecipientsInput = {
      message: {
        from: boxes(one.from ?? ANA),
        replyTo: boxes(...(one.replyTo ?? [])),
        to: boxes(...(one.to ?? ["support@desk.example"])),
        cc: boxes(...(one.cc ?? [])),
      },
      deskAddresses: ["support@desk.example", "review@desk.example"],
      clientDomains: one.domains ?? ["contoso.example"],
      ticketParticipants: one.participants ?? [],
      requester: box(one.requester ?? ANA),
    };
    const reply = replyRecipients(input);
    expect({
      to: reply.to.map((mailbox) => mailbox.address),
      cc: reply.cc.map((mailbox) => mailbox.address),
      dropped: reply.dropped.map((drop) => drop.mailbox.address),
      warnings: reply.warnings.length,
    }).toEqual({ dropped: [], warnings: 0, ...one.expected });
  });
});
