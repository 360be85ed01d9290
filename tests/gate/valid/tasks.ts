import { escapeHtml } from "../../../src/mail/compose/markdown.ts";
import type { Intention } from "../../../src/review/reading/intention.ts";
import type { Language } from "./languages.ts";
import type { RealDigest } from "./real-digests.ts";

/** What technicians mean with a reply: what they type, what they change in a draft, and what must follow. */

/** An intention as the test compares it. */
export type Meant = Omit<Intention, "line"> | Record<string, unknown>;

export interface Edit {
  readonly item: number;
  /** Words of the draft and what becomes of them, in the text and in the HTML part. */
  readonly from: string;
  readonly to: string;
  readonly html?: string;
  /** What must be released, where it is not the text as typed. */
  readonly released?: string;
}

export interface Task {
  readonly name: string;
  /** How many items the digest has. */
  readonly items: 1 | 3 | 8;
  readonly typed: (language: Language) => readonly string[];
  readonly edit?: Edit;
  /** The typed words end in a text for the client. */
  readonly ownText?: boolean;
  readonly meant: (digest: RealDigest) => readonly Meant[];
}

const release = (item: number, text: string | null = null, more: object = {}): Meant => ({
  kind: "release",
  item,
  text,
  without: [],
  attach: false,
  ...more,
});

/** Words for `approve` and `reject` that people use who write in that language. */
const APPROVE: Readonly<Record<string, string>> = {
  de: "Freigeben",
  fr: "Approuver",
  es: "Aprobar",
  it: "Approva",
  nl: "Goedkeuren",
  pt: "Aprovar",
};
const REJECT: Readonly<Record<string, string>> = {
  de: "Ablehnen",
  fr: "Rejeter",
  es: "Rechazar",
  it: "Rifiuta",
  nl: "Afwijzen",
  pt: "Rejeitar",
};
const and: Readonly<Record<string, string>> = { de: "und", fr: "et", es: "y", it: "e", nl: "en", pt: "e" };

const SORRY = " We are sorry that your VPN connection is giving you trouble.";
const ENOUGH = "A reply to this email is enough; we will take it from there.";
const LAST = "Switch Fast rekey off.";
const WHERE = "- whether you are at home, on the road or in the office";

function edited(edit: Edit, typed: Task["typed"] = () => []): Pick<Task, "typed" | "edit" | "meant"> {
  return {
    typed,
    edit,
    meant: ({ items }) => {
      const draft = items.find((item) => item.number === edit.item)?.draftText ?? "";
      if (!draft.includes(edit.from)) throw new Error(`the draft does not hold "${edit.from}"`);
      return [
        release(
          edit.item,
          draft.replace(edit.from, () => edit.released ?? edit.to),
        ),
      ];
    },
  };
}

export const TASKS: readonly Task[] = [
  { name: "approve", items: 1, typed: () => ["approve"], meant: () => [release(1)] },
  { name: "Approved!", items: 1, typed: () => ["Approved!"], meant: () => [release(1)] },
  {
    name: "approve in the person's language",
    items: 1,
    typed: ({ code, closing }) => [APPROVE[code] ?? "approve", "", closing],
    meant: () => [release(1)],
  },
  {
    name: "approve several",
    items: 3,
    typed: ({ code }) => [`${APPROVE[code] ?? "approve"} 1, 2 ${and[code] ?? "and"} 3`],
    meant: () => [release(1), release(2), release(3)],
  },
  {
    name: "approve a range",
    items: 8,
    typed: () => ["approve 2-4"],
    meant: () => [2, 3, 4].map((n) => release(n)),
  },
  {
    name: "approve all",
    items: 8,
    typed: () => ["approve all"],
    meant: ({ items }) => items.map(({ number }) => release(number)),
  },
  {
    name: "approve one, reject one, put one off",
    items: 3,
    typed: ({ code }) => [
      "approve 1",
      `${REJECT[code] ?? "reject"} 2: wrong guide, she has the new client`,
      "snooze 3 until 15:00",
    ],
    meant: () => [
      release(1),
      { kind: "reject", item: 2, reason: "wrong guide, she has the new client" },
      { kind: "snooze", item: 3, until: "15:00" },
    ],
  },
  {
    name: "reject with a reason of two lines",
    items: 3,
    typed: () => ["reject 2: the guide is for Windows,", "and this client has Macs only."],
    meant: () => [
      { kind: "reject", item: 2, reason: "the guide is for Windows,\nand this client has Macs only." },
    ],
  },
  {
    name: "reject without a reason",
    items: 1,
    typed: ({ code }) => [REJECT[code] ?? "reject"],
    meant: () => [{ kind: "reject", item: 1, reason: "" }],
  },
  {
    name: "redraft",
    items: 1,
    typed: () => ["redraft: shorter, and without the guide"],
    meant: () => [{ kind: "redraft", item: 1, instruction: "shorter, and without the guide" }],
  },
  {
    name: "reroute",
    items: 3,
    typed: () => ["reroute 3 to Service Desk"],
    meant: () => [{ kind: "reroute", item: 3, to: "Service Desk" }],
  },
  {
    name: "assign and approve",
    items: 3,
    typed: () => ["assign 1 to Kim", "approve 2"],
    meant: () => [{ kind: "assign", item: 1, to: "Kim" }, release(2)],
  },
  {
    name: "priority, category, note",
    items: 1,
    typed: () => ["priority 1 p2", "category 1 remote-access", "note 1: she calls at five"],
    meant: () => [
      { kind: "priority", item: 1, priority: "P2" },
      { kind: "category", item: 1, category: "remote-access" },
      { kind: "note", item: 1, text: "she calls at five", understood: true },
    ],
  },
  {
    name: "close and time",
    items: 3,
    typed: () => ["close 2", "time 2 15m"],
    meant: () => [
      { kind: "close", item: 2 },
      { kind: "time", item: 2, minutes: 15 },
    ],
  },
  {
    name: "merge and take",
    items: 3,
    typed: () => ["merge 2 into #1001", "take 3"],
    meant: () => [
      { kind: "merge", item: 2, intoNumber: 1001 },
      { kind: "take", item: 3 },
    ],
  },
  { name: "spam", items: 3, typed: () => ["spam 1"], meant: () => [{ kind: "spam", item: 1 }] },
  { name: "stop", items: 1, typed: () => ["STOP"], meant: () => [{ kind: "stop", item: 1 }] },
  { name: "undo", items: 1, typed: () => ["undo 1"], meant: () => [{ kind: "undo", item: 1 }] },
  { name: "help", items: 3, typed: () => ["help"], meant: () => [{ kind: "help" }] },
  {
    name: "send a text of one's own",
    items: 1,
    ownText: true,
    typed: () => [
      "send 1:",
      "Hi,",
      "",
      "please restart the client once & tell me what it says.",
      "It's quick.",
    ],
    meant: () => [release(1, "Hi,\n\nplease restart the client once & tell me what it says.\nIt's quick.")],
  },
  {
    name: "send without somebody",
    items: 1,
    typed: () => ["send 1 without boss@contoso.example"],
    meant: () => [release(1, null, { without: ["boss@contoso.example"] })],
  },
  {
    name: "a word edited",
    items: 1,
    ...edited({ item: 1, from: LAST, to: "Switch Fast rekey off and restart the client." }),
  },
  {
    name: "a digit edited, and approved",
    items: 3,
    ...edited({ item: 2, from: "VPN client 7.2 drops", to: "VPN client 7.3 drops" }, () => ["approve 2"]),
  },
  {
    name: "a sentence taken out",
    items: 8,
    ...edited({ item: 5, from: SORRY, to: "" }),
  },
  {
    name: "a paragraph added",
    items: 1,
    ...edited({
      item: 1,
      from: ENOUGH,
      to: `${ENOUGH}\n\nI’ll call you at 3 pm — don’t wait by the phone.`,
      html: `${escapeHtml(ENOUGH)}<div><br></div><div>I’ll call you at 3 pm — don’t wait by the phone.</div><div><br></div>`,
    }),
  },
  {
    name: "a list added",
    items: 3,
    ...edited({
      item: 3,
      from: WHERE,
      to: `${WHERE}\n- the exact words of the error\n- when it began`,
      html: `${escapeHtml(WHERE)}<ul><li>the exact words of the error</li><li>when it began</li></ul>`,
    }),
  },
  {
    name: "a link added",
    items: 1,
    ...edited({
      item: 1,
      from: LAST,
      to: `${LAST} See the pictures <https://docs.msp.example/vpn-7-2?lang=en>.`,
      html: `${escapeHtml(LAST)} See <a href="https://docs.msp.example/vpn-7-2?lang=en">the pictures</a>.`,
    }),
  },
  {
    name: "an address added",
    items: 1,
    ...edited(
      {
        item: 1,
        from: ENOUGH,
        to: `${ENOUGH} Or see https://status.msp.example/vpn for news.`,
        html: `${escapeHtml(ENOUGH)} Or see <a href="https://status.msp.example/vpn">https://status.msp.example/vpn</a> for news.`,
      },
      () => ["approve"],
    ),
  },
];
