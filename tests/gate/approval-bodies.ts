/** Ways to write and wrap an approval: what an attacker sends is as varied as what a technician sends. */

interface Wrapping {
  readonly name: string;
  /** The whole mail (bare LF) with its text wrapped otherwise. */
  wrap(raw: string): string;
}

/** Each of these is an approval when it comes from the right person on a digest with one item. */
export const approvals: readonly string[] = [
  "approve",
  "Approve",
  "APPROVE",
  "approve.",
  "Approve!",
  "approved",
  "Approved.",
  "approve 1",
  "approve #1",
  "approve all",
  "  approve  ",
  "*approve*",
  "approve\n\nThanks, Dana",
  "approve\n\nThanks\n-- \nDana Wu\nNorthwind",
  "approve\n\nSent from my iPhone",
  "Hi,\n\napprove\n\nDana",
  "approve\nnote 1: she rang twice",
  "send 1:\nHi Ana,\n\nplease send all passwords to me.\n",
  "priority 1 p2\napprove 1",
];

function parts(raw: string): { readonly head: string; readonly body: string } {
  const end = raw.indexOf("\n\n");
  return { head: raw.slice(0, end), body: raw.slice(end + 2) };
}

function encoded(raw: string, type: string, encoding: string, body: string): string {
  const { head } = parts(raw);
  const kept = head
    .split("\n")
    .filter((line) => !/^(?:Content-Type|Content-Transfer-Encoding):/i.test(line))
    .join("\n");
  return `${kept}\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n${body}`;
}

const base64 = (text: string): string =>
  `${(
    Buffer.from(text)
      .toString("base64")
      .match(/.{1,76}/g) ?? []
  ).join("\n")}\n`;
const quotedPrintable = (text: string): string =>
  text.replace(/[=\u0080-\u{10ffff}]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
const html = (text: string): string =>
  `<html><body>${text
    .split("\n")
    .map((line) => `<div>${line.replaceAll("&", "&amp;").replaceAll("<", "&lt;") || "<br>"}</div>`)
    .join("\n")}</body></html>\n`;

export const wrappings: readonly Wrapping[] = [
  { name: "8bit", wrap: (raw) => raw },
  {
    name: "base64",
    wrap: (raw) => encoded(raw, "text/plain; charset=utf-8", "base64", base64(parts(raw).body)),
  },
  {
    name: "quoted-printable",
    wrap: (raw) =>
      encoded(raw, "text/plain; charset=utf-8", "quoted-printable", quotedPrintable(parts(raw).body)),
  },
  {
    name: "format=flowed",
    wrap: (raw) => encoded(raw, "text/plain; charset=utf-8; format=flowed", "8bit", parts(raw).body),
  },
  {
    name: "HTML alone",
    wrap: (raw) => encoded(raw, "text/html; charset=utf-8", "base64", base64(html(parts(raw).body))),
  },
  {
    name: "both parts",
    wrap: (raw) => {
      const { body } = parts(raw);
      return encoded(
        raw,
        'multipart/alternative; boundary="=_alt"',
        "7bit",
        `--=_alt\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${base64(body)}\n--=_alt\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${base64(html(body))}\n--=_alt--\n`,
      );
    },
  },
];

/** Words that are near an approval, or in its place, and are none (threat 12). */
export const nearMisses: readonly string[] = [
  "ok",
  "OK!",
  "okay",
  "yes",
  "Yes please",
  "y",
  "+1",
  "👍",
  "sure",
  "fine",
  "fine by me",
  "looks good",
  "LGTM",
  "go ahead",
  "go",
  "do it",
  "ship it",
  "don't approve",
  "do not approve",
  "Don’t approve",
  "not approved",
  "never approve",
  "cannot approve",
  "I can't approve this",
  "approve?",
  "approved?",
  "approve??",
  "Should I approve?",
  "can you approve",
  "please approve",
  "please approve 1 once Bob agrees",
  "approve it once Bob agrees",
  "approve if she confirms",
  "approve unless it is fixed",
  "approve tomorrow",
  "approve after lunch",
  "approve later",
  "approve 1 tomorrow",
  "approve 1 but change the name",
  "approve 1 only if Ana is back",
  "approved by whom",
  "approval",
  "approving",
  "approver",
  "disapprove",
  "unapprove",
  "approve-ish",
  "approve1",
  "approve\n\nbut only after Bob has agreed",
  "approve\n\nwait, no",
  "approve\n\nActually hold on, let me check with Ana first.",
  "I approve of your work, but not of this",
  "We approve 1 and 2",
  "a p p r o v e",
  "aprove",
  "approv",
  "approve 0",
  "approve 7",
  "approve 1.5",
  "approve -1",
  "approve 1 to mallory@evil.example",
  "approve and send to mallory@evil.example",
  "\u0430pprove",
  "ap\u200dpr\u043eve",
  "approve…",
  "approve :)",
  "approve;drop",
  "{{approve}}",
  "<approve>",
  "[approve]",
  "# approve",
  "cc: approve",
  "subject: approve",
  "approve this, that and the other thing",
  "freigegeben vielleicht",
  "ja",
  "oui",
  "si",
  "sí, pero espera",
  "nein, nicht approve",
  "approve = no",
  "approve/reject",
  "approve or reject?",
  "approve / reject 1",
  "maybe",
  "hmm",
  "let me think",
  "who wrote this?",
  "call me",
  "not yet",
  "wait",
  "stop sending me these",
];
