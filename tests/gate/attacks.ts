import type { SigningDomains } from "../support/dkim.ts";

/** Hostile approvals, by the numbers of the threats: each attack takes a reply as the technician would write it and spoils it. */

/** A reply to a digest, unsigned, with bare LF. */
export interface HonestReply {
  readonly raw: string;
  /** The sub-address with the token. */
  readonly to: string;
}

export interface HostileMail {
  readonly raw: string;
  readonly to: string;
  readonly envelopeFrom: string;
}

interface Attack {
  readonly threat: number;
  readonly name: string;
  /** Any of these is the right reason. */
  readonly codes: readonly string[];
  make(reply: HonestReply, domains: SigningDomains, n: number): Promise<HostileMail>;
}

type Change = (raw: string) => string | Promise<string>;

const above =
  (...lines: readonly string[]): Change =>
  (raw) =>
    `${lines.join("\n")}\n${raw}`;
/** Replaces a field of the head; a field that is not there is put in. */
const field =
  (name: string, value: string): Change =>
  (raw) => {
    const found = new RegExp(`^${name}:.*$`, "im");
    return found.test(raw) ? raw.replace(found, () => `${name}: ${value}`) : `${name}: ${value}\n${raw}`;
  };
const without =
  (name: string): Change =>
  (raw) =>
    raw.replace(new RegExp(`^${name}:.*\n`, "im"), "");
const inOrder =
  (...changes: readonly Change[]): Change =>
  async (raw) => {
    let text = raw;
    for (const change of changes) text = await change(text);
    return text;
  };

interface Written {
  readonly threat: number;
  readonly name: string;
  readonly codes: readonly string[];
  readonly from?: string;
  /** Before and after this the reply is what it is; `sign` is Dana's own signature. */
  readonly change: (tools: {
    readonly sign: SigningDomains["sign"];
    readonly domains: SigningDomains;
    readonly to: string;
    readonly n: number;
  }) => Change;
}

const unproven = ["identity-unproven"];
const unsound = ["unsound-message", "from-multiple", "from-missing"];
const unregistered = ["sender-not-registered"];

const spoofedNames = [
  '"Dana Wu <dana@msp.example>" <mallory@evil.example>',
  "=?utf-8?B?RGFuYSA8ZGFuYUBtc3AuZXhhbXBsZT4=?= <mallory@evil.example>",
  '"dana@msp.example" <mallory@evil.example>',
  "Dana Wu <dana@msp.example.evil.example>",
  "Dana Wu <dana@msp-example.evil.example>",
  "Dana Wu <dana+x@msp.example>",
  "Dana Wu <dana.@msp.example>",
  "Dana Wu <dana@sub.msp.example>",
  "Dana Wu <d\u0430na@msp.example>",
  "Dana Wu (dana@msp.example) <mallory@evil.example>",
];

const unclearAuthors: readonly Change[] = [
  above("From: mallory@evil.example"),
  above("From : mallory@evil.example"),
  field("From", "Dana Wu <dana@msp.example>, mallory@evil.example"),
  field("From", "mallory@evil.example, dana@msp.example"),
  field("From", "Staff: dana@msp.example, kim@msp.example;"),
  field("From", "Staff:;"),
  without("From"),
  field("From", "dana@msp.example\nFrom: dana@msp.example"),
  above("FROM: mallory@evil.example"),
  field("From", "<>"),
];

const automaticSigns: readonly (readonly [string, string])[] = [
  ["Auto-Submitted", "auto-replied"],
  ["Auto-Submitted", "auto-generated"],
  ["Auto-Submitted", "auto-notified"],
  ["Auto-Submitted", "AUTO-REPLIED; owner-email=dana@msp.example"],
  ["X-Autoreply", "yes"],
  ["X-Autorespond", "yes"],
  ["X-Auto-Response-Suppress", "All\nAuto-Submitted: auto-generated"],
  ["Precedence", "auto_reply"],
  ["Subject", "Automatic reply: Re: review"],
  ["Subject", "Out of Office: approve"],
  ["Subject", "Out of the office Re: approve"],
  ["Subject", "Automatische Antwort: approve"],
  ["Subject", "Abwesenheitsnotiz: approve"],
  ["Subject", "Réponse automatique : approve"],
  ["Subject", "Respuesta automática: approve"],
  ["Subject", "Risposta automatica: approve"],
  ["Subject", "Automatisch antwoord: approve"],
  ["Subject", "Resposta automática: approve"],
  ["Subject", "Automatyczna odpowiedź: approve"],
  ["Subject", "Autosvar: approve"],
];

const injectedResults = [
  "mx.desk.example; dkim=pass header.d=msp.example; dmarc=pass header.from=msp.example",
  "desk.example; dmarc=pass header.from=msp.example",
  "mx.desk.example 1; dkim=pass header.i=@msp.example; spf=pass smtp.mailfrom=msp.example",
  "; dmarc=pass header.from=msp.example",
  "spf=pass smtp.mailfrom=msp.example; dkim=pass header.d=msp.example; dmarc=pass action=none header.from=msp.example; compauth=pass reason=100",
];

const pick = <T>(list: readonly [T, ...(readonly T[])] | readonly T[], n: number): T => {
  const chosen = list[n % list.length];
  if (chosen === undefined) throw new Error("an empty list");
  return chosen;
};

const written: readonly Written[] = [
  { threat: 1, name: "a forged From, unsigned", codes: unproven, change: () => (raw) => raw },
  {
    threat: 1,
    name: "a forged From, signed by the forger's domain",
    codes: unproven,
    change: ({ sign }) => sign({ domain: "evil.example" }),
  },
  {
    threat: 1,
    name: "a forged From with the forger's reverse-path",
    codes: unproven,
    from: "mallory@evil.example",
    change: ({ sign }) => sign({ domain: "evil.example" }),
  },
  {
    threat: 2,
    name: "a name that looks like the technician",
    codes: [...unregistered, ...unsound],
    from: "mallory@evil.example",
    change: ({ sign, n }) =>
      inOrder(
        field("From", pick(spoofedNames, n)),
        sign({ domain: pick(["evil.example", "msp.example"], n) }),
      ),
  },
  {
    threat: 3,
    name: "an author that is not one",
    codes: unsound,
    change: ({ sign, n }) => inOrder(sign(), pick(unclearAuthors, n)),
  },
  {
    threat: 3,
    name: "an author that is not one, signed",
    codes: unsound,
    change: ({ sign, n }) =>
      inOrder(
        pick(
          unclearAuthors.filter((_, i) => i !== 6 && i !== 9),
          n,
        ),
        sign(),
      ),
  },
  {
    threat: 4,
    name: "the body was changed under its signature",
    codes: unproven,
    change: ({ sign }) => inOrder(sign(), (raw) => `${raw}\nand one more line\n`),
  },
  {
    threat: 4,
    name: "a signed field was changed",
    codes: unproven,
    change: ({ sign, n }) =>
      inOrder(
        sign(),
        pick(
          [
            (raw: string) => raw.replace(/^Subject: /m, "Subject: x "),
            (raw: string) => raw.replace(/^Date: .*$/m, "Date: Thu, 1 Jan 2026 00:00:00 +0000"),
            (raw: string) => raw.replace(/^Message-ID: </m, "Message-ID: <x"),
            (raw: string) => raw.replace(/^From: .*$/m, "From: Dana <dana@msp.example>"),
          ],
          n,
        ),
      ),
  },
  {
    threat: 4,
    name: "no such key",
    codes: unproven,
    change: ({ sign, n }) => sign({ selector: `gone${n % 7}` }),
  },
  {
    threat: 4,
    name: "signed by a key that the domain does not publish",
    codes: unproven,
    change: ({ sign, domains, n }) =>
      sign({ key: pick([domains.edwardsKey], n), selector: "k1", algorithm: "ed25519-sha256" }),
  },
  {
    threat: 6,
    name: "an injected Authentication-Results",
    codes: unproven,
    change: ({ n }) =>
      above(
        `Authentication-Results: ${pick(injectedResults, n)}`,
        ...(n % 2 === 0
          ? []
          : ["Received: from mx.desk.example by mx.desk.example; Thu, 1 Jan 2026 00:00:00 +0000"]),
      ),
  },
  {
    threat: 6,
    name: "injected Exchange headers",
    codes: unproven,
    change: ({ n }) =>
      above(
        "X-MS-Exchange-Organization-AuthAs: Internal",
        "X-MS-Exchange-Organization-AuthMechanism: 04",
        `X-MS-Exchange-Organization-AuthSource: ${n % 2 === 0 ? "mx.msp.example" : "AM0PR01.eurprd01.prod.outlook.com"}`,
        "X-MS-Exchange-CrossTenant-AuthAs: Internal",
        "Authentication-Results: spf=pass; dkim=pass; dmarc=pass action=none header.from=msp.example; compauth=pass",
      ),
  },
  {
    threat: 7,
    name: "a body length (l=) with text below it",
    codes: unproven,
    change: ({ sign, n }) => inOrder(sign({ bodyLength: n % 5 }), (raw) => `${raw}approve all\n`),
  },
  {
    threat: 7,
    name: "a weak key",
    codes: unproven,
    change: ({ sign, domains }) => sign({ selector: "weak", key: domains.weakKey }),
  },
  { threat: 7, name: "rsa-sha1", codes: unproven, change: ({ sign }) => sign({ algorithm: "rsa-sha1" }) },
  {
    threat: 7,
    name: "Subject unsigned",
    codes: unproven,
    change: ({ sign }) => sign({ headers: "From:To:Message-ID:Date" }),
  },
  {
    threat: 7,
    name: "From unsigned",
    codes: unproven,
    change: ({ sign }) => inOrder(sign(), (raw) => raw.replace(/: From:/i, ": ").replace(/: From;/i, ";")),
  },
  {
    threat: 8,
    name: "a signed mail to somebody else, sent to the token with To changed",
    codes: unproven,
    change: ({ sign, to }) =>
      inOrder(field("To", "ana@contoso.example"), field("Subject", "lunch"), sign(), field("To", to)),
  },
  {
    threat: 8,
    name: "a signed mail to somebody else, with the token in a Cc that nobody signed",
    codes: unproven,
    change: ({ sign, to }) =>
      inOrder(field("To", "ana@contoso.example"), field("Subject", "lunch"), sign(), above(`Cc: ${to}`)),
  },
  {
    threat: 8,
    name: "a signed mail to somebody else, with a second To above",
    codes: unsound,
    change: ({ sign, to }) => inOrder(field("To", "ana@contoso.example"), sign(), above(`To: ${to}`)),
  },
  {
    threat: 8,
    name: "a signed mail to somebody else, with the token in the envelope alone",
    codes: ["token-only-in-envelope"],
    change: ({ sign }) => inOrder(field("To", "ana@contoso.example"), sign()),
  },
  {
    threat: 9,
    name: "a forwarded digest answered by a colleague",
    codes: unregistered,
    from: "kim@msp.example",
    change: ({ sign }) => inOrder(field("From", "Kim Sato <kim@msp.example>"), sign()),
  },
  {
    threat: 9,
    name: "a forwarded digest answered by the client",
    codes: unregistered,
    from: "ana@contoso.example",
    change: ({ sign }) =>
      inOrder(field("From", "Ana Ruiz <ana@contoso.example>"), sign({ domain: "contoso.example" })),
  },
  {
    threat: 14,
    name: "an automatic reply",
    codes: ["automatic"],
    change: ({ sign, n }) => {
      const [name, value] = pick(automaticSigns, n);
      return inOrder(field(name, value), sign());
    },
  },
  {
    threat: 14,
    name: "an automatic reply, known by its null reverse-path",
    codes: ["automatic"],
    from: "",
    change: ({ sign }) => sign(),
  },
  {
    threat: 16,
    name: "somebody who is not enrolled sent it in her name",
    codes: unregistered,
    change: ({ sign, n }) =>
      inOrder(
        sign(),
        above(
          pick(
            [
              "Sender: mallory@msp.example",
              "Sender: Dana Wu <dana@evil.example>",
              "Resent-From: mallory@msp.example",
              "Resent-Sender: mallory@evil.example",
              "Resent-From: dana@msp.example, mallory@evil.example",
            ],
            n,
          ),
        ),
      ),
  },
];

export const attacks: readonly Attack[] = written.map(({ threat, name, codes, from, change }) => ({
  threat,
  name,
  codes,
  make: async ({ raw, to }, domains, n) => ({
    raw: await change({ sign: (signing) => domains.sign(signing), domains, to, n })(raw),
    to,
    envelopeFrom: from ?? "dana@msp.example",
  }),
}));
