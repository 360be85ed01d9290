import { describe, expect, it } from "vitest";
import { readCommands, readReviewReply } from "../../../src/review/reading/reply-reading.ts";

const dana = { technicianName: "Dana Wu" };

/** Verbs with items and their words; then, behind `|`, what was not understood. */
function told(top: string, signer: { technicianName: string; ownSignature?: string } | null = dana): string {
  const { commands, notUnderstood } = readCommands(top, signer);
  const said = commands.map(({ verb, items, ...rest }) => {
    const words =
      "reason" in rest
        ? rest.reason
        : "instruction" in rest
          ? rest.instruction
          : "text" in rest
            ? rest.text
            : null;
    const doubt = "doubt" in rest && rest.doubt !== null ? " (doubt)" : "";
    return `${verb} ${typeof items === "string" ? items : items.join(",")}${words ? ` ${JSON.stringify(words)}` : ""}${doubt}`;
  });
  return [said.join("; "), ...notUnderstood].join(" | ");
}

/** Each must release by itself: nothing but a courtesy stands beside it. */
const clean: readonly string[] = [
  "approve",
  "approve\n",
  "\n\napprove\n\n\n",
  "approve\r\n\r\nDana",
  "Approve\n\nThanks,\nDana",
  "approve\nThanks, Dana",
  "approve\n\nThanks!",
  "approve\n\nThanks Dana",
  "approve\n\nCheers",
  "approve\n\nCheers,\nD",
  "approve\n\nBest regards,\nDana Wu",
  "approve\n\nBest regards\n\nDana Wu\nNetwork Engineer\nNorthwind Support",
  "approve\n\nKind regards,\n\nDana Wu\nSenior IT Engineer | Northwind Support GmbH\nT: +49 30 1234567\nwww.msp.example",
  "approve\n\nDana Wu\nIngénieur réseau\nTél. : +33 1 23 45 67 89\ndana@msp.example",
  "approve\n\nDW",
  "approve\n\n-- \nDana Wu\nanything may stand here, even: wait until Bob agrees",
  "approve\n--\nDana",
  "approve\n\n—\nDana",
  "approve\n\nSent from my iPhone",
  "approve\n\nSent from my iPhone\n",
  "Approve \n\nVon meinem iPhone gesendet",
  "approve\n\nEnvoyé de mon iPhone",
  "approve\n\nGet Outlook for iOS<https://aka.ms/o0ukef>",
  "approve\n\nGet Outlook for Android",
  "approve\n\nSent from Yahoo Mail on Android",
  "approve\n\nSent with Proton Mail secure email.",
  "approve\n\nThanks\n\nSent from my Galaxy",
  "Hi,\n\napprove\n\nThanks",
  "Hello team,\napprove",
  "Hallo zusammen,\n\napprove\n\nViele Grüße\nDana",
  "approve\n\nMit freundlichen Grüßen\nDana Wu",
  "approve\n\nMfG Dana",
  "approve\n\nLG",
  "approve\n\nCordialement,\nDana",
  "approve\n\nBien à vous",
  "approve\n\nMerci !",
  "approve\n\nSaludos,\nDana",
  "approve\n\nGracias",
  "approve\n\nGrazie mille",
  "approve\n\nCordiali saluti\nDana Wu",
  "approve\n\nObrigada,\nDana",
  "approve\n\nMet vriendelijke groet,\nDana",
  "approve\n\nMvh\nDana",
  "approve\n\nMed vänlig hälsning\nDana Wu",
  "approve\n\nVenlig hilsen\nDana",
  "approve\n\nTerveisin\nDana",
  "approve\n\nPozdrawiam\nDana",
  "approve\n\nS pozdravem",
  "approve\n\nTeşekkürler",
  "approve\n\nС уважением,\nDana",
  "approve\n\nよろしくお願いします。",
  "approve\n\n谢谢！",
  "approve\n\nThanks 😊",
  "approve\n\nThanks,\nDana\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you are not the intended recipient, please delete it.",
  "approve\n\nDana Wu\n\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Empfänger sind, informieren Sie bitte den Absender.",
  "approve\n\nDana\n\nNorthwind Support GmbH, Sitz der Gesellschaft: Berlin, Amtsgericht Charlottenburg, HRB 12345 B",
  "approve\n\nPlease consider the environment before printing this e-mail.",
  "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender.\n\napprove",
  "[EXTERNAL]\n\napprove",
  "You don't often get email from dana@msp.example. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>\n\napprove",
  "approve\n\n+49 30 1234567",
  "approve\n________\n",
  "approve.\n\nHave a great day!\nDana",
];

/** Something stands beside the approval that may be a condition, a question or a wish. */
const held: readonly string[] = [
  "approve\nonce Bob agrees",
  "approve\n\nbut change the date",
  "approve\n\nWait",
  "approve\nWait for Bob",
  "approve\n\nThanks,\nWait for Bob",
  "approve\n\nThanks, but not yet",
  "approve\n\nThanks,\nDana\n\nPS: not before 5",
  "approve\n\nThanks,\nDana\nSend tomorrow",
  "approve\n\nThanks,\nDana\n\nplease add Bob first",
  "approve\n\nSent from my iPhone\nwait for Bob",
  "approve\n\nSent from my iPhone\n\nno, wait",
  "Don't\napprove",
  "Looks good.\napprove",
  "approve\nok",
  "approve\nyes",
  "approve\n?",
  "approve\n...",
  "approve\nBob agrees",
  "approve\nDone by Dana",
  "approve\n\nIs Bob fine with this?",
  "approve\nif Ana confirms",
  "approve\n\nThanks if Bob agrees",
  "approve\n\nDana Wu please wait",
  "approve\napprove?",
  "approve 1\nnot 2",
  "approve\n\nbitte erst nach 17 Uhr",
  "approve\n\nDanke, aber erst morgen",
  "approve\n\nseulement après 17 h",
  "approve\n\nhttps://docs.msp.example/new use this link instead",
  "approve\n\n+49 30 1234567 call first",
  "approve\n\nRegards to Bob",
  "approve\nbut delete the attachment and tell her that this email was a virus and confidential",
  "approve\n\nPlease delete the attachment first, this email is confidential and privileged for Bob",
  "approve\n\nbut the VAT no: is wrong, ask Bob",
  "I would not\n\napprove\n\nthis",
];

const readings: readonly (readonly [top: string, told: string])[] = [
  ["", ""],
  ["\n\n", ""],
  ["ok", " | ok"],
  ["lgtm\n\nDana", " | lgtm"],
  ["Thanks,\nDana", ""],
  ["don't approve", " | don't approve"],
  ["approve 1\nreject 2: wrong client", 'approve 1; reject 2 "wrong client"'],
  ["approve 1\n\nreroute 1 to Dana\npriority 1 p2\n\nThanks", "approve 1; reroute 1; priority 1"],
  ["reject 1: wrong tone\nand too long", 'reject 1 "wrong tone\\nand too long"'],
  [
    "reject 1: wrong tone\n\nIt also promises a date.\n\nThanks,\nDana",
    'reject 1 "wrong tone\\n\\nIt also promises a date."',
  ],
  ["reject 1:\nwrong tone", 'reject 1 "wrong tone"'],
  ["reject 1: wrong\napprove 2", 'reject 1 "wrong"; approve 2'],
  ["note 1: called her\nshe is fine\n\n-- \nDana", 'note 1 "called her\\nshe is fine"'],
  ["note 1: a\nnote 2: b", 'note 1 "a"; note 2 "b"'],
  [
    "redraft 1: mention\n- the article\n- the date\nThanks",
    'redraft 1 "mention\\n- the article\\n- the date"',
  ],
  ["send 1: Hi Ana, done.", 'send 1 "Hi Ana, done."'],
  [
    "send 1:\nHi Ana,\n\ndone.\n\nBest regards,\nDana",
    'send 1 "Hi Ana,\\n\\ndone.\\n\\nBest regards,\\nDana"',
  ],
  ["send 1:\nHi Ana, done.\n\n-- \nDana Wu\nNorthwind", 'send 1 "Hi Ana, done."'],
  ["send 1:\nHi Ana, done.\n\nSent from my iPhone", 'send 1 "Hi Ana, done."'],
  ["send 1:\nHi Ana, done.\nreject 2: no", 'send 1 "Hi Ana, done."; reject 2 "no"'],
  ["send 1:\nTo stop it press\nclose\nand wait.", 'send 1 "To stop it press\\nclose\\nand wait." (doubt)'],
  ["send 1:\nTap\n\nApprove\n\non your phone.", 'send 1 "Tap\\n\\nApprove\\n\\non your phone." (doubt)'],
  ["send 1:\nrun\nhelp", 'send 1 "run\\nhelp" (doubt)'],
  ["send 1:", "send 1"],
  ["send 1 without bob@x.example\nThanks", "send 1"],
  ["approve\napprove", "approve implied; approve implied"],
  ["stop", "stop implied"],
  ["stop\n\nSent from my iPhone", "stop implied"],
  ["help\nDana", "help implied"],
  ["> approve", ""],
  ["-- \napprove", ""],
  ["Dana\n-- \napprove", ""],
  ["note: she said\napprove", 'note implied "she said"; approve implied'],
];

describe("readCommands", () => {
  it.each(clean)("%j approves and nothing stands beside it", (top) => {
    expect(told(top)).toBe("approve implied");
  });

  it.each(held)("%j leaves words beside the approval, or is none", (top) => {
    expect(readCommands(top, dana).notUnderstood).not.toEqual([]);
  });

  it.each(readings)("%j", (top, expected) => {
    expect(told(top)).toBe(expected);
  });

  it("knows the technician's own signature, whatever it says", () => {
    const ownSignature = "Dana\nwe never sleep, please wait\nhelp";
    expect(told("approve\n\nDana\nwe never sleep, please wait\nhelp\n", { ...dana, ownSignature })).toBe(
      "approve implied",
    );
    expect(told(`send 1:\nHi Ana, done.\n\n${ownSignature}`, { ...dana, ownSignature })).toBe(
      'send 1 "Hi Ana, done."',
    );
  });

  it("takes no name on trust without knowing the technician", () => {
    expect(told("approve\nDana", null)).toBe("approve implied | Dana");
    expect(told("approve\nThanks,\nDana", null)).toBe("approve implied");
  });
});

const draft = "Hi Ana,\n\nplease restart the VPN client. It takes 5 minutes.\n\nDana Wu\nNorthwind Support";
const digestText = [
  "One draft waits for your word, Dana",
  "",
  "1 · #1042 · P2 incident · Contoso (VIP) · Ana Ruiz <ana@contoso.example>",
  "| approve",
  "",
  "[[ draft 1 · edit between these two lines, then reply ]]",
  ...draft.split("\n"),
  "[[ end of draft 1 ]]",
  "",
  "Reply with: approve 1 · reject 1: why · help",
];
const quoted = digestText.map((line) => `> ${line}`).join("\n");
const digest = { ...dana, items: [{ number: 1, draftText: draft }] };
const header = "On Sun, Nov 22, 2026 at 8:10 PM Northwind Support <review@desk.example> wrote:";

function readReply(text: string, newText: string, html: string | null = null) {
  return readReviewReply({ text, newText, quotedText: "", html }, digest);
}

const asTold = ({ reading }: ReturnType<typeof readReply>) => [
  reading.commands.map(({ verb }) => verb),
  reading.notUnderstood,
];

const page = (top: string): string =>
  `<html><body>${top}<blockquote type="cite">${digestText.join("<br>")}</blockquote></body></html>`;

describe("readReviewReply", () => {
  it("reads the words above the quote", () => {
    const { reading, edits } = readReply(`approve\n\n${header}\n${quoted}\n`, "approve");
    expect(reading).toEqual({
      commands: [{ verb: "approve", items: "implied", line: "approve" }],
      notUnderstood: [],
    });
    expect(edits.get(1)).toEqual({ kind: "unchanged" });
  });

  it("finds nothing where only the quote says approve", () => {
    expect(asTold(readReply(`${header}\n${quoted}\n`, ""))).toEqual([[], []]);
    expect(asTold(readReply(quoted, quoted))).toEqual([[], []]);
  });

  it("stops at the digest where a program quotes it without a sign and all of it counts as new", () => {
    const whole = `approve\n\n________________________________\nFrom: Northwind Support <review@desk.example>\nSent: Sunday, November 22, 2026 8:10 PM\nTo: Dana Wu\nSubject: [Review] 1 draft\n\n${digestText.join("\n")}`;
    expect(asTold(readReply(whole, whole))).toEqual([["approve"], []]);
    const bare = `approve\n\n${digestText.slice(2).join("\n")}`;
    expect(asTold(readReply(bare, bare))).toEqual([["approve"], []]);
  });

  it("reads a command below the quote where nothing stands above it", () => {
    expect(asTold(readReply(`${header}\n${quoted}\n\napprove\n\n-- \nDana`, "approve"))).toEqual([
      ["approve"],
      [],
    ]);
    expect(asTold(readReply(`${header}\n${quoted}\napprove`, "approve"))).toEqual([[], []]);
  });

  it("keeps words between quoted lines as words beside the approval", () => {
    const inline = quoted.replace("> 1 ·", "wait for Bob\n> 1 ·");
    expect(asTold(readReply(`approve\n\n${header}\n${inline}`, "approve\n\nwait for Bob"))).toEqual([
      ["approve"],
      ["wait for Bob"],
    ]);
    const command = quoted.replace("> | approve", "> | approve\napprove");
    expect(asTold(readReply(`${header}\n${command}`, "approve"))).toEqual([[], ["approve"]]);
  });

  it("takes words between the markers for the edit only", () => {
    const inline = quoted.replace("> please restart", "Sorry for the wait.\n> please restart");
    const { reading, edits } = readReply(`approve\n\n${header}\n${inline}`, "approve\n\nSorry for the wait.");
    expect(reading.notUnderstood).toEqual([]);
    expect(edits.get(1)).toMatchObject({ kind: "edited" });
  });

  it("does not trust a signature line of a phone to end the words", () => {
    const text = `approve\n\nSent from my iPhone\n\nno wait\n\n${header}\n${quoted}`;
    expect(asTold(readReply(text, "approve"))).toEqual([["approve"], ["no wait"]]);
    expect(asTold(readReply(`approve\n\nSent from my iPhone\n\n${header}\n${quoted}`, "approve"))).toEqual([
      ["approve"],
      [],
    ]);
  });

  it("reads a command right above the attribution, with or without words between", () => {
    expect(asTold(readReply(`approve 1\n${header}\n${quoted}`, ""))).toEqual([["approve"], []]);
    expect(asTold(readReply(`approve 1\nbut wait\n${header}\n${quoted}`, ""))).toEqual([
      ["approve"],
      ["but wait"],
    ]);
  });

  it("does not act on a command that the HTML part hides or does not have", () => {
    const text = `approve\n\n${header}\n${quoted}`;
    expect(asTold(readReply(text, "approve", page("<div>approve</div>")))).toEqual([["approve"], []]);
    expect(
      asTold(readReply(text, "approve", page('<div style="display:none">approve</div><div>Not yet.</div>'))),
    ).toEqual([[], ["approve", "Not yet."]]);
    expect(asTold(readReply(text, "approve", page("<div>I will look later.</div>")))).toEqual([
      [],
      ["approve", "I will look later."],
    ]);
    expect(
      asTold(
        readReply(
          text,
          "approve",
          page("<div>Later.</div>").replace("</blockquote>", "approve</blockquote>"),
        ),
      ),
    ).toEqual([[], ["approve", "Later."]]);
  });

  it("keeps words that only the HTML part shows", () => {
    const text = `approve\n\n${header}\n${quoted}`;
    const both = page("<div>approve</div><div>once Bob agrees</div>");
    expect(asTold(readReply(text, "approve", both))).toEqual([["approve"], ["once Bob agrees"]]);
    const signed = page("<div>approve</div><div>Thanks,<br>Dana</div>");
    expect(asTold(readReply(text, "approve", signed))).toEqual([["approve"], []]);
  });

  it("knows the signature that the HTML part marks", () => {
    const signature = "Dana Wu<br>your network since 1999, call before you dig";
    const text = `approve\n\nDana Wu\nyour network since 1999, call before you dig\n\n${header}\n${quoted}`;
    const typed = text.slice(0, text.indexOf("\n\nOn Sun"));
    expect(asTold(readReply(text, typed))).toEqual([
      ["approve"],
      ["your network since 1999, call before you dig"],
    ]);
    const html = `<div>approve</div><br><div id="Signature"><div>${signature}</div></div><blockquote>${digestText.join("<br>")}</blockquote>`;
    expect(asTold(readReply(text, typed, html))).toEqual([["approve"], []]);
  });
});
