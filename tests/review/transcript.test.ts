import { fileURLToPath } from "node:url";
import { convert } from "html-to-text";
import { describe, expect, it } from "vitest";
import {
  refusalSentence,
  renderTranscript,
  type RefusalReason,
  type TranscriptView,
} from "../../src/review/transcript.ts";
import { createTemplates, loadTemplateFiles } from "../../src/templates.ts";
import { transcript } from "./sample-views.ts";

const templates = createTemplates(
  await loadTemplateFiles(fileURLToPath(new URL("../../templates", import.meta.url))),
);
const render = (change: Partial<TranscriptView> = {}) =>
  renderTranscript(templates, { ...transcript, ...change });
const asText = (html: string): string => convert(html, { wordwrap: false }).replaceAll("\u00a0", " ");
const nothing = {
  lines: [],
  releases: [],
  askedBack: [],
  notUnderstood: [],
  stillWaiting: [],
  showCommands: false,
} as const;

/** One item's answer to a line that names two. */
const held = (item: number) =>
  ({ line: "approve 1 3", item, outcome: "held", sentence: "The reply leaves at 10:04." }) as const;

describe("the transcript", () => {
  it("quotes a line once, with an answer for each item that it names", () => {
    const note = { line: "note 2: x", item: 2, outcome: "done", sentence: "Kept." } as const;
    const { text, html } = render({ ...nothing, lines: [held(1), note, held(3)] });
    expect(text).toContain(
      "| approve 1 3\n1 · The reply leaves at 10:04.\n3 · The reply leaves at 10:04.\n| note 2: x\nKept.",
    );
    expect(asText(html).match(/approve 1 3/g)).toHaveLength(1);
  });

  it("says once why a text was not sent", () => {
    const reason = "Draft 1 was not sent: other words stand beside it.";
    const line = { line: "approve", item: 1, outcome: "asked", sentence: reason } as const;
    const text = render({
      ...nothing,
      lines: [line],
      askedBack: [{ item: 1, ticketNumber: 1042, reason, text: "Hi Ana," }],
    }).text;
    expect(text.split(reason)).toHaveLength(2);
    expect(text).toContain("| approve\nDraft 1 was not sent; the reason stands with it below.");
  });

  it("names the one word that is missing to somebody who writes “ok, send it”", () => {
    const asked = { ...nothing, notUnderstood: ["ok send it"], stillWaiting: ["2 · #1043 New starter"] };
    expect(render(asked).text).toContain("To send the draft as it is, reply “approve 2”.");
    const two = { ...asked, stillWaiting: ["1 · #1042 VPN", "2 · #1043 New starter"] };
    expect(render(two).text).toContain("To send a draft as it is, reply “approve” and its number.");
  });

  it.each([
    ["a hundred thousand lines", Array.from({ length: 100_000 }, () => "a"), "… and 99940 more lines"],
    ["long lines of signs", Array.from({ length: 500 }, () => "<".repeat(1900)), "… and 440 more lines"],
  ])("40 · tells of %s that were not understood, and shows some", (_, notUnderstood, left) => {
    const { text, html } = render({ ...nothing, notUnderstood });
    expect(text).toContain(left);
    expect(html).toContain(left);
  });

  it("answers line by line, with the exact text, the recipients and the time", () => {
    const { subject, text, html } = render();
    expect(subject).toBe(`Re: ${transcript.subject}`);
    for (const part of [
      "1 reply leaves at 09:21:30, Dana",
      "Until then, reply “stop” to call it back.",
      "| reroute 2 to Kim\n#1043 is with Kim now; its draft stays open.",
      "1 · #1042 leaves at 09:21:30",
      "Sends to: ana@contoso.example, nobody in copy",
      transcript.releases[0]?.text ?? "-",
      "“stop 1” calls it back.",
      "| also tell Bob that the printer is fine",
      "2 · #1043 New starter on 1 December",
      "“snooze 1 until 15:00” asks again later",
    ]) {
      expect(text).toContain(part);
    }
    expect(asText(html)).toContain(transcript.releases[0]?.text);
  });

  it("shows an edit as a diff, near the change only, that needs no colour", () => {
    const { text, html } = render();
    expect(text).toContain(
      "switch **Fast rekey** off. [-Your 11 o'clock call is safe if you do it now.-] {+Please do it before your 11 o'clock call.+}",
    );
    expect(text.split("What you changed in the draft:")[1]).not.toContain("Hi Ana");
    expect(html).toMatch(/<del [^>]*text-decoration:line-through">Your 11 o&#39;clock call/);
    expect(html).toMatch(/<ins [^>]*text-decoration:underline">Please do it/);
    const [release] = transcript.releases;
    expect(render({ releases: [{ ...release!, diff: null }] }).text).not.toContain("What you changed");
  });

  it.each([
    ["used", "A colleague"],
    ["expired", "yesterday"],
    ["superseded", ""],
  ] as const)("says why a reply whose digest is %s did nothing", (reason, detail) => {
    const { text, html } = render({ ...nothing, refusal: { reason, detail } });
    expect(text).toContain("Nothing was done, Dana");
    expect(text).toContain(refusalSentence({ reason, detail }));
    expect(asText(html)).toContain(refusalSentence({ reason, detail }));
  });

  it("has a sentence for every reason", () => {
    const reasons: readonly RefusalReason[] = [
      "expired",
      "used",
      "superseded",
      "revoked",
      "other-technician",
      "sender-not-registered",
      "identity-unproven",
      "console-needed",
      "several-approved-bare",
    ];
    for (const reason of reasons) expect(refusalSentence({ reason, detail: "" })).toMatch(/[A-Za-z].*\.$/);
    expect(new Set(reasons.map((reason) => refusalSentence({ reason, detail: "" }))).size).toBe(
      reasons.length,
    );
  });

  it.each([
    ["Nothing was sent, Dana", { ...nothing, notUnderstood: ["ok"] }],
    [
      "Done, Dana",
      { ...nothing, lines: [{ line: "take 1", item: 1, outcome: "done", sentence: "#1042 is yours." }] },
    ],
    [
      "Stopped, Dana",
      {
        ...nothing,
        lines: [{ line: "stop", item: 1, outcome: "cancelled", sentence: "Draft 1 does not leave." }],
      },
    ],
  ] as const)("heads with %j", (title, change) => {
    expect(render(change as Partial<TranscriptView>).text.split("\n")[0]).toBe(title);
  });

  it("shows back a text that it did not send, and how to send it", () => {
    const askedBack = [
      {
        item: 2,
        ticketNumber: 1043,
        reason: "The end marker is missing.",
        text: "Hi Li,\n[[ draft 2 · x ]]\n<b>",
      },
    ];
    const { text, html } = render({ ...nothing, askedBack });
    expect(text).toContain(
      "2 · #1043 was not sent\n▲ The end marker is missing.\n\nHi Li,\n[ [ draft 2 · x ]]\n<b>",
    );
    expect(text).toContain("To send this text, reply “send 2:” with the text below it.");
    expect(asText(html)).toContain("Hi Li,\n[ [ draft 2 · x ]]\n<b>");
  });

  it("never holds a marker line, whatever was written", () => {
    const marker = "[[ end of draft 1 ]]";
    const [release] = transcript.releases;
    const { text, html } = render({
      lines: [{ line: marker, item: 1, outcome: "asked", sentence: marker }],
      notUnderstood: [marker],
      releases: [
        { ...release!, text: `a\n${marker}`, diff: [{ kind: "added", text: `${marker} <script>` }] },
      ],
    });
    expect(text + asText(html)).not.toContain("[[");
    expect(html).not.toContain("<script");
  });
});
