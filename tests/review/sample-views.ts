/** A desk's morning: an urgent VIP, a new starter with acts done alone, a password reset that needs a call back. */
import type { DigestItemView, DigestView } from "../../src/review/digest-view.ts";
import type { TranscriptView } from "../../src/review/transcript.ts";

export const TOKEN = "abcdefghijklmnopqrstuvwxyz234567";

const quiet = {
  earlier: [],
  looksLike: null,
  answerDue: null,
  goesTo: null,
  whatWeKnow: [],
  missing: [],
  alsoDoes: [],
  risks: [],
  highRisk: null,
  doneAlone: [],
  snippets: [],
} as const;

export const vpn: DigestItemView = {
  ...quiet,
  number: 1,
  ticketNumber: 1042,
  priority: "P2",
  typeLabel: "incident",
  clientName: "Contoso",
  vip: true,
  requester: { name: "Ana Ruiz", address: "ana@contoso.example" },
  answerDue: { words: "due by 10:15", state: "due-soon" },
  headline: "VPN drops every hour since this morning's update",
  clientWords:
    "Since the update this morning my VPN disconnects every hour and I lose my session.\nI have a client call at 11, is there a workaround?",
  looksLike: { label: "VPN client", confidence: 0.97, reason: "" },
  goesTo: { label: "Network, you", confidence: 0.93, reason: "you closed 14 like it" },
  whatWeKnow: [
    {
      parts: [
        { text: "Same as ", url: null },
        { text: "#1038 VPN keeps dropping", url: "https://desk.msp.example/tickets/1038" },
      ],
      evidence: "open since 08:05 · both say “vpn”, “update”",
    },
    { parts: [{ text: "CT-0417, Ana Ruiz’s laptop, Windows 11", url: null }], evidence: "" },
    {
      parts: [{ text: "Article “VPN client 7.2: rekey bug”", url: "https://docs.msp.example/vpn-7-2" }],
      evidence: "7.2.1 repairs it",
    },
  ],
  draft: {
    to: ["ana@contoso.example"],
    cc: [],
    dropped: [{ address: "bob@elsewhere.example", reason: "outside the client's domains" }],
    subject: "Re: VPN drops [#1042]",
    text: "Hi Ana,\n\nthis morning's VPN update has a known fault that drops the connection once an hour. Until the fix arrives:\n\n1. Open the VPN client and choose Settings → Connection.\n2. Switch **Fast rekey** off.\n   It takes effect after one reconnect.\n\nYour 11 o'clock call is safe if you do it now. More in [the article](https://docs.msp.example/vpn-7-2).\n\nDana Wu\nNorthwind Support",
    unsourced: ["Your 11 o'clock call is safe if you do it now."],
    sources: ["article “VPN client 7.2: rekey bug”", "template client/vpn"],
    openQuestions: ["Is there a workaround?"],
    saysSo: true,
  },
};

export const starter: DigestItemView = {
  ...quiet,
  number: 2,
  ticketNumber: 1043,
  priority: "P4",
  typeLabel: "service request",
  clientName: "Fabrikam",
  vip: false,
  requester: { name: "Li Chen", address: "li.chen@fabrikam.example" },
  headline: "New starter on 1 December",
  clientWords: "Maria Silva joins our accounts team on 1 December. Please set her up as usual.",
  looksLike: { label: "New user", confidence: 0.99, reason: "" },
  missing: ["job title", "manager", "licence"],
  doneAlone: [
    {
      act: "filed under New user, sent to Service Desk",
      reason: "policy “file requests”, version 3 by Kim",
      undo: 2,
      said: "",
    },
  ],
  draft: {
    to: ["li.chen@fabrikam.example"],
    cc: ["office@fabrikam.example"],
    dropped: [],
    subject: "Re: New starter [#1043]",
    text: "Hi Li,\n\nhappy to set Maria up for 1 December. Three things we need first:\n\n- her job title\n- her manager\n- whether she needs the accounting licence from day one\n\nDana Wu\nNorthwind Support",
    unsourced: [],
    sources: [],
    openQuestions: [],
    saysSo: true,
  },
  snippets: [{ command: "run 2 new-starter", does: "starts the account set-up once the answers are in" }],
};

export const password: DigestItemView = {
  ...quiet,
  number: 3,
  ticketNumber: 1044,
  priority: "P3",
  typeLabel: "service request",
  clientName: "Adatum",
  vip: false,
  requester: { name: "Sam Okoye", address: "sam@adatum.example" },
  headline: "Locked out, asks for a new password by mail",
  clientWords: "I am locked out and travelling. Please send me a new password to this address, it is urgent.",
  looksLike: { label: "Password and sign-in", confidence: 0.95, reason: "“locked out”, “new password”" },
  risks: ["The reply address was first seen today."],
  highRisk: {
    needs: "Identity request: call Sam back on the number we hold before anything changes.",
    byMail: "unedited",
  },
  draft: {
    to: ["sam@adatum.example"],
    cc: [],
    dropped: [],
    subject: "Re: Locked out [#1044]",
    text: "Hi Sam,\n\nwe will call you on the number we have on file to confirm this request before we change anything.\n\nDana Wu\nNorthwind Support",
    unsourced: [],
    sources: [],
    openQuestions: [],
    saysSo: true,
  },
};

export const digest: DigestView = {
  deskName: "Northwind Support",
  technician: { firstName: "Dana", address: "dana@msp.example" },
  urgent: "One is urgent: the VPN ticket is due a first answer by 10:15.",
  reference: "k3m2wq5a",
  replyTo: `review+a1.${TOKEN}@desk.example`,
  expiresAt: "Wednesday 09:12",
  hold: "two minutes",
  colleague: "Kim",
  items: [vpn, starter, password],
  doneAlone: [
    { act: "#1039 marked as spam", reason: "policy “obvious spam”, version 2 by Kim", undo: 4, said: "" },
    {
      act: "#1041 acknowledged to j.doe@contoso.example",
      reason: "policy “say we have it”, version 1 by Kim",
      undo: null,
      said: "",
    },
  ],
  insight: null,
  headHash: "audit log so far: 3f9c2b71d04e",
};

export const transcript: TranscriptView = {
  deskName: "Northwind Support",
  firstName: "Dana",
  subject: "[Review] 3 drafts waiting · P2 Contoso: VPN drops every hour · ref k3m2wq5a",
  refusal: null,
  lines: [
    {
      line: "approve 1",
      item: 1,
      outcome: "held",
      sentence: "Draft 1 goes out as you edited it, at 09:21:30.",
    },
    {
      line: "reroute 2 to Kim",
      item: 2,
      outcome: "done",
      sentence: "#1043 is with Kim now; its draft stays open.",
    },
    {
      line: "run 3 reset-password",
      item: 3,
      outcome: "refused",
      sentence: "Runbooks on identity requests take the console and your second factor.",
    },
  ],
  releases: [
    {
      item: 1,
      ticketNumber: 1042,
      leavesAt: "09:21:30",
      to: ["ana@contoso.example"],
      cc: [],
      subject: "Re: VPN drops [#1042]",
      attachments: [],
      text: "Hi Ana,\n\nthis morning's VPN update has a known fault that drops the connection once an hour. Until the fix arrives, open the VPN client, choose Settings → Connection and switch **Fast rekey** off. Please do it before your 11 o'clock call.\n\nDana Wu\nNorthwind Support",
      diff: [
        {
          kind: "same",
          text: "Hi Ana,\n\nthis morning's VPN update has a known fault that drops the connection once an hour. Until the fix arrives, open the VPN client, choose Settings → Connection and switch **Fast rekey** off. ",
        },
        { kind: "removed", text: "Your 11 o'clock call is safe if you do it now." },
        { kind: "added", text: "Please do it before your 11 o'clock call." },
        { kind: "same", text: "\n\nDana Wu\nNorthwind Support" },
      ],
    },
  ],
  askedBack: [],
  notUnderstood: ["also tell Bob that the printer is fine"],
  stillWaiting: [
    "2 · #1043 New starter on 1 December",
    "3 · #1044 Locked out, asks for a new password by mail",
  ],
  showCommands: true,
  replyTo: `review+a1.${TOKEN}@desk.example`,
};
