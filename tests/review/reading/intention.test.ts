import { describe, expect, it } from "vitest";
import type { DraftEdit } from "../../../src/review/command.ts";
import { intend, type Intention } from "../../../src/review/reading/intention.ts";
import { readCommands } from "../../../src/review/reading/reply-reading.ts";

const one = [{ number: 1, highRisk: false, draftText: "Draft one." }];
const two = [...one, { number: 2, highRisk: false, draftText: "Draft two." }];
const risky = [...one, { number: 2, highRisk: true, draftText: "Draft two." }];
const edited: DraftEdit = { kind: "edited", text: "Edited one." };
const damaged: DraftEdit = { kind: "damaged", reason: "a marker line is damaged", text: "Guess." };

function told(
  top: string,
  items = one,
  edit: DraftEdit | null = null,
  second: DraftEdit | null = null,
): string[] {
  const edits = new Map<number, DraftEdit>();
  if (edit) edits.set(1, edit);
  if (second) edits.set(2, second);
  const reading = readCommands(top, { technicianName: "Dana Wu" });
  return intend({ reading, edits, items }).map(brief).toSorted();
}

function brief(intention: Intention): string {
  switch (intention.kind) {
    case "release": {
      const rest = [
        ...intention.without.map((address) => `-${address}`),
        ...(intention.attach ? ["+files"] : []),
      ];
      return [`release ${intention.item}`, intention.text ?? "as drafted", ...rest].join(" ");
    }
    case "ask":
      return `ask ${intention.item ?? "*"} ${intention.code}`;
    case "note":
      return `note ${intention.item ?? "*"} ${intention.text}${intention.understood ? "" : " (words)"}`;
    default:
      return `${intention.kind}${"item" in intention ? ` ${intention.item}` : ""}`;
  }
}

type Case = readonly [top: string, items: typeof one, edit: DraftEdit | null, expected: readonly string[]];
const cases: readonly Case[] = [
  ["", one, null, []],
  ["approve", one, null, ["release 1 as drafted"]],
  ["approve\nThanks, Dana", one, null, ["release 1 as drafted"]],
  ["approve 1", one, null, ["release 1 as drafted"]],
  ["approve 1\napprove", one, null, ["release 1 as drafted"]],
  ["approve all", one, null, ["release 1 as drafted"]],
  ["approve", two, null, ["ask * which-item"]],
  ["approve 1", two, null, ["release 1 as drafted"]],
  ["approve 1 2", two, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["approve all", two, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["approve all", risky, null, ["ask 2 high-risk", "release 1 as drafted"]],
  ["approve 1 2", risky, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["approve 3", two, null, ["ask 3 unknown-item"]],
  ["approve 1 3", two, null, ["ask 3 unknown-item", "release 1 as drafted"]],
  ["approve #1042", one, null, ["ask 1042 unknown-item"]],
  ["", one, edited, ["release 1 Edited one."]],
  ["Thanks,\nDana", one, edited, ["release 1 Edited one."]],
  ["approve", one, edited, ["release 1 Edited one."]],
  ["approve 1", two, edited, ["release 1 Edited one."]],
  ["approve 2", two, edited, ["release 1 Edited one.", "release 2 as drafted"]],
  ["approve", two, edited, ["ask * which-item", "release 1 Edited one."]],
  ["approve all", two, edited, ["release 1 Edited one.", "release 2 as drafted"]],
  ["I changed the date", one, edited, ["ask 1 other-words", "note 1 I changed the date (words)"]],
  ["approve\nbut wait", one, edited, ["ask 1 other-words", "note 1 but wait (words)"]],
  ["approve\nbut wait", one, null, ["ask 1 other-words", "note 1 but wait (words)"]],
  ["approve 1\nbut wait", two, null, ["ask 1 other-words", "note * but wait (words)"]],
  ["ok", one, null, ["note 1 ok (words)"]],
  ["don't approve", one, null, ["note 1 don't approve (words)"]],
  ["approve?", one, edited, ["ask 1 other-words", "note 1 approve? (words)"]],
  ["reject 1: no", one, edited, ["reject 1"]],
  ["note 1: see #1040", one, edited, ["note 1 see #1040"]],
  ["note 1: see #1040\napprove", one, edited, ["note 1 see #1040", "release 1 Edited one."]],
  ["take 1", one, edited, ["ask 1 edit-beside-commands", "take 1"]],
  ["take 1\napprove 1", one, edited, ["release 1 Edited one.", "take 1"]],
  ["help", one, edited, ["ask 1 edit-beside-commands", "help"]],
  ["reject 2: no", two, edited, ["ask 1 edit-beside-commands", "reject 2"]],
  ["", one, damaged, ["ask 1 damaged-draft"]],
  ["approve", one, damaged, ["ask 1 damaged-draft"]],
  ["approve 2", two, damaged, ["ask 1 damaged-draft", "release 2 as drafted"]],
  ["reject 1", one, damaged, ["reject 1"]],
  ["note 1: later", one, damaged, ["note 1 later"]],
  ["approve 1\nreroute 1 to Kim", one, null, ["release 1 as drafted", "reroute 1"]],
  ["reroute 1 to Kim", one, null, ["reroute 1"]],
  [
    "approve 1\nclose 1\ntime 1 15m\npriority 1 p3",
    one,
    null,
    ["close 1", "priority 1", "release 1 as drafted", "time 1"],
  ],
  ["approve 1\nreject 1: no", one, null, ["ask 1 conflict"]],
  ["approve 1\nredraft 1: shorter", one, null, ["ask 1 conflict"]],
  ["approve 1\nspam 1", one, null, ["ask 1 conflict"]],
  ["approve 1\nstop 1", one, null, ["ask 1 conflict", "stop 1"]],
  ["approve 1\nreject 2: no", two, null, ["reject 2", "release 1 as drafted"]],
  ["approve all\nreject 2: no", two, null, ["ask 2 conflict", "release 1 as drafted"]],
  ["reject 1: a\nredraft 1: b", one, null, ["ask 1 conflict"]],
  ["reroute 1 to Kim\nreroute 1 to Dana", one, null, ["ask 1 conflict"]],
  ["reroute 1 to Kim\nreroute 1 to kim", one, null, ["reroute 1"]],
  ["take 1\nassign 1 to Kim", one, null, ["ask 1 conflict"]],
  ["approve 1-2", two, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["approve 1-3", two, null, ["ask 3 unknown-item", "release 1 as drafted", "release 2 as drafted"]],
  ["approve 1-2", risky, null, ["ask 2 high-risk", "release 1 as drafted"]],
  ["approve 1-2, 2", risky, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["approve 1 and 2", risky, null, ["release 1 as drafted", "release 2 as drafted"]],
  ["Freigeben 1\nAblehnen 2: nein", two, null, ["reject 2", "release 1 as drafted"]],
  [
    "send 1:\nHi.\n\nThis e-mail and any attachment are confidential and for the intended recipient alone. Please notify the sender.",
    one,
    null,
    ["ask 1 unclear-text"],
  ],
  [
    "send 1:\nHi.\n\nIf you are not the intended recipient, delete this e-mail and notify the sender.",
    one,
    null,
    ["release 1 Hi."],
  ],
  ["stop", two, null, ["stop 1", "stop 2"]],
  ["stop 2", two, null, ["stop 2"]],
  ["reject: no", two, null, ["ask * which-item"]],
  ["spam", two, null, ["ask * which-item"]],
  ["note: both look fine", two, null, ["note * both look fine"]],
  ["approve 1\nnote: fine", two, null, ["note * fine", "release 1 as drafted"]],
  ["approve 1\nnote: wait for Bob first", two, null, ["ask 1 other-words", "note * wait for Bob first"]],
  [
    "approve\nNote: do not send before Bob agrees",
    one,
    null,
    ["ask 1 other-words", "note 1 do not send before Bob agrees"],
  ],
  ["send 1: Hi.", one, null, ["release 1 Hi."]],
  ["send 1: Hi.", one, edited, ["release 1 Hi."]],
  ["send 1: Hi.", one, damaged, ["release 1 Hi."]],
  ["send 1: Hi.\napprove 1", one, null, ["release 1 Hi."]],
  ["send 1: Hi.\nsend 1: Bye.", one, null, ["ask 1 conflict"]],
  ["send 1: Hi.\nreject 1", one, null, ["ask 1 conflict"]],
  ["send 1 2: Hi.", two, null, ["ask 1 unclear-text", "ask 2 unclear-text"]],
  ["send: Hi.", two, null, ["ask * which-item"]],
  ["send 1:", one, null, ["ask 1 empty-text"]],
  ["send 1: press\nclose\nnow", one, null, ["ask 1 unclear-text"]],
  ["send 1: see [[ draft 1 · edit between these two lines, then reply ]]", one, null, ["ask 1 unsafe-text"]],
  ["send 1: mail review+a1.abcdefghijklmnopqrstuvwxyz234567@desk.example", one, null, ["ask 1 unsafe-text"]],
  ["but wait\nsend 1: Hi.", one, null, ["ask 1 other-words", "note 1 but wait (words)"]],
  ["send 1 without bob@x.example", one, null, ["release 1 as drafted -bob@x.example"]],
  ["send 1 without bob@x.example", one, edited, ["release 1 Edited one. -bob@x.example"]],
  [
    "send 1 2 without bob@x.example",
    two,
    null,
    ["release 1 as drafted -bob@x.example", "release 2 as drafted -bob@x.example"],
  ],
  ["attach 1", one, null, ["ask 1 attach-alone"]],
  ["attach 1", one, edited, ["release 1 Edited one. +files"]],
  ["attach 1\napprove 1", one, null, ["release 1 as drafted +files"]],
  ["attach 1\nsend 1: Hi.", one, null, ["release 1 Hi. +files"]],
  ["pause desk", two, null, ["pause-desk"]],
  ["resume desk", two, null, ["resume-desk"]],
  ["pause desk\nresume desk", two, null, ["ask * conflict", "pause-desk"]],
  ["pause desk\napprove 1", two, null, ["pause-desk", "release 1 as drafted"]],
  ["help", two, null, ["help"]],
  [
    "snooze 1 until 15:00\nassign 1 to Kim\nundo 2\nrun 2 fix\nmerge 2 into #9\ncategory 2 vpn",
    two,
    null,
    ["assign 1", "category 2", "merge 2", "run 2", "snooze 1", "undo 2"],
  ],
];

describe("intend", () => {
  it.each(cases)("%j", (top, items, edit, expected) => {
    expect(told(top, items, edit)).toEqual(expected);
  });

  it("releases two edits without a word", () => {
    expect(told("", two, edited, { kind: "edited", text: "Edited two." })).toEqual([
      "release 1 Edited one.",
      "release 2 Edited two.",
    ]);
  });

  it("holds every release while words stand beside them", () => {
    const all = told("approve 1 2\nhm", two, null);
    expect(all.some((line) => line.startsWith("release"))).toBe(false);
  });

  it("shows the text that would go out, and the line as written", () => {
    const reading = readCommands("*Approve 1*\nbut wait");
    const [ask] = intend({ reading, edits: new Map([[1, edited]]), items: one });
    expect(ask).toMatchObject({ kind: "ask", text: "Edited one.", line: "*Approve 1*" });
    const [release] = intend({ reading: readCommands(""), edits: new Map([[1, edited]]), items: one });
    expect(release).toMatchObject({ kind: "release", line: "(draft 1, edited)" });
  });

  it("shows nothing and sends nothing for an empty digest", () => {
    expect(told("approve\napprove all\nreject 1", [])).toEqual(["ask * which-item", "ask 1 unknown-item"]);
  });
});
