import { CLIENTS, CONTACTS, domainOf, localPart } from "./desk-setup.ts";

/** One mail of the load, ready for the wire. */
export interface LoadMail {
  /** With its angle brackets. */
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  /** Dots stuffed, with the final dot. */
  readonly wire: Buffer;
}

export type MailKind = "plain" | "multipart";

/** The same numbers each time, so that two runs send the same mails. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const REQUESTS: readonly (readonly [subject: string, text: string])[] = [
  [
    "VPN drops every hour",
    "Since this morning the VPN on {pc} drops about every hour. I have to sign in again each time and lose the session in {app}. The client says version 7.2 and error {code}. I work from home until {day}.",
  ],
  [
    "Printer on floor {n} does not print",
    "Our printer {printer} takes the job and then nothing comes out. The display says ready. Two colleagues tried as well. We need it for the {app} papers on {day}.",
  ],
  [
    "Mailbox full",
    "I cannot send any more: it says that my mailbox is over its limit of {n} GB. I deleted a lot already. Can you move the old mails of {year} somewhere?",
  ],
  [
    "New colleague starts on {day}",
    "On {day} a new colleague joins our team in {place}. Please prepare a laptop, a mailbox and access to {app} and the folder {folder}. The phone extension would be {n}{n}.",
  ],
  [
    "Access to {folder}",
    "Could you give me write access to {folder}? My manager agreed. I need it for the {app} project that begins on {day}, and the owner is on holiday.",
  ],
  [
    "No sound in meetings on {pc}",
    "In meetings nobody hears me since the update. The headset works with music. I tried another one as well. The computer is {pc}.",
  ],
  [
    "{pc} is very slow",
    "My computer {pc} takes more than {n} minutes to start and {app} freezes when I open a large file. It was fine last week. I restarted it twice.",
  ],
  [
    "Licence for {app}",
    "{app} says that my licence has expired and that I can only read. I used it every day until {day}. Does it need to be bought again, or only assigned?",
  ],
  [
    "Error {code} in {app}",
    "When I save in {app} it says error {code}, and the entry is gone. It happens with every second record. A colleague at {place} sees the same since {day}.",
  ],
  [
    "Wifi in the meeting room {n}",
    "The wifi in meeting room {n} in {place} is so weak that guests cannot join. In the corridor it is good. We have visitors on {day}.",
  ],
  [
    "Second screen stays black",
    "The second screen at my desk in {place} stays black when I use the dock. The cable is in. With {pc} it worked until {day}.",
  ],
  [
    "Restore a file in {folder}",
    "Somebody deleted a spreadsheet in {folder} some time before {day}. Its name begins with plan-{year}. Can you bring it back from the backup?",
  ],
  [
    "Phone rings twice",
    "Calls to my extension {n}{n} ring at my desk and on the mobile, and then the caller is gone. It began after the change on {day}.",
  ],
  [
    "Cannot open attachment from supplier",
    "A supplier sent an offer, and the attachment does not open. It says error {code}. Other attachments open. Is it blocked by you? The sender is known to us for years.",
  ],
  [
    "Calendar of room {n} shows nothing",
    "The calendar of room {n} in {place} shows no bookings since {day}, but people sit in it. Outlook on {pc} shows the same as the phone.",
  ],
  [
    "Drucker {printer} druckt nicht",
    "Guten Morgen, der Drucker {printer} im {n}. Stock nimmt Aufträge an, druckt aber nicht. Im Display steht Fehler {code}. Wir brauchen ihn bis {day} für {app}.",
  ],
  [
    "Postfach voll",
    "Hallo, mein Postfach ist voll und ich kann nichts mehr senden. Können Sie die Mails von {year} archivieren? Ich arbeite an {pc} in {place}.",
  ],
  [
    "Order a laptop for {place}",
    "Please order one laptop with a dock for our office in {place}. It is for the {app} team and should be there on {day}. The cost centre is {n}{n}{n}.",
  ],
];

const SLOTS: Readonly<Record<string, readonly string[]>> = {
  app: [
    "Lexware",
    "the CRM",
    "SAP",
    "Outlook",
    "the time sheet",
    "AutoCAD",
    "the web shop",
    "Datev",
    "Excel",
    "the archive",
  ],
  day: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "3 March", "12 June", "the end of the month"],
  place: ["Lisbon", "Hamburg", "Leeds", "Graz", "Basel", "Porto", "Utrecht", "Malmö"],
  folder: [
    "Finance/Budget",
    "Sales/Offers",
    "Projects/Harbour",
    "HR/Forms",
    "Legal/Contracts",
    "Team/Archive",
  ],
  year: ["2019", "2020", "2021", "2022", "2023"],
};

const DISCLAIMER =
  "This message is meant for the person it is addressed to. If it reached you by mistake, please tell the sender and\r\n" +
  "delete it. Views in it are those of its author. Registered office as above; registered in the companies register.\r\n";

export interface Request {
  readonly subject: string;
  readonly text: string;
  readonly name: string;
  readonly address: string;
}

/** What a contact of a client asks, always the same for the same number. */
export function requestOf(number: number): Request {
  const random = createRandom(number * 7919 + 13);
  random();
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const [subject, text] = pick(REQUESTS);
  const machine = `${pick(["LT", "PC", "WS"])}-${1000 + Math.floor(random() * 9000)}`;
  const own: Record<string, string> = {
    pc: machine,
    printer: `PRN-${100 + Math.floor(random() * 900)}`,
    code: `0x${Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0")}`,
    n: String(2 + Math.floor(random() * 40)),
  };
  for (const [slot, words] of Object.entries(SLOTS)) own[slot] = pick(words);
  const fill = (pattern: string): string =>
    pattern.replaceAll(/\{([a-z]+)\}/g, (_, slot: string) => own[slot] ?? "");
  const client = pick(CLIENTS);
  const name = pick(CONTACTS);
  const also = pick([
    "It is urgent for me.",
    "No hurry.",
    "Please call me before you do anything.",
    "Thank you.",
    "Could you tell me when it will be done?",
  ]);
  return {
    subject: fill(subject),
    text: `Hello,\r\n\r\n${fill(text)}\r\n\r\n${also} My computer is ${machine}, I am in ${own["place"] ?? ""} this week.\r\n\r\nKind regards\r\n${name}`,
    name,
    address: `${localPart(name)}@${domainOf(client)}`,
  };
}

const SIZES: Readonly<Record<MailKind, number>> = { plain: 3600, multipart: 27_000 };

/** Mails `first` to `first + count - 1`, all different. `run` sets those of one run apart from another's. */
export function makeMails(kind: MailKind, count: number, first: number, run: string): readonly LoadMail[] {
  return Array.from({ length: count }, (_, index) => makeMail(kind, first + index, run));
}

function makeMail(kind: MailKind, number: number, run: string): LoadMail {
  const request = requestOf(number);
  const messageId = `<${run}.${number}@mail.${request.address.slice(request.address.indexOf("@") + 1)}>`;
  const head = headOf(request, messageId, number);
  const source = kind === "plain" ? plain(request, head, number) : multipart(request, head, number);
  return { messageId, from: request.address, to: "support@desk.example", wire: onTheWire(source) };
}

function headOf(request: Request, messageId: string, number: number): string {
  const domain = request.address.slice(request.address.indexOf("@") + 1);
  const date = new Date(Date.UTC(2026, 2, 2, 8, 0, number % 36_000)).toUTCString().replace("GMT", "+0000");
  const signature = letters(number, 340, 68);
  return (
    `Return-Path: <${request.address}>\r\n` +
    `Received: from out.${domain} (out.${domain} [192.0.2.17])\r\n\tby mx.desk.example (Postfix) with ESMTPS id ${number.toString(36)}A7\r\n\tfor <support@desk.example>; ${date}\r\n` +
    `Received: from mail.${domain} (mail.${domain} [198.51.100.4])\r\n\tby out.${domain} with ESMTP id ${number.toString(36)}B2; ${date}\r\n` +
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=s1;\r\n\th=from:to:subject:date:message-id;\r\n\tb=${signature}\r\n` +
    `From: ${request.name} <${request.address}>\r\nTo: Support <support@desk.example>\r\n` +
    `Subject: ${encoded(request.subject)}\r\nDate: ${date}\r\nMessage-ID: ${messageId}\r\nMIME-Version: 1.0\r\n` +
    `X-Mailer: Microsoft Outlook 16.0\r\nAccept-Language: en-GB, de-DE\r\nContent-Language: en-GB\r\n`
  );
}

function plain(request: Request, head: string, number: number): string {
  const body = `${request.text}\r\n\r\n-- \r\n${request.name}\r\nPhone +49 30 5550 ${1000 + (number % 9000)}\r\n\r\n${DISCLAIMER}`;
  const type = 'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n';
  const room = SIZES.plain - head.length - type.length - Buffer.byteLength(body) - 45;
  // Exchange adds some of this to every mail; it brings all to one size.
  const filler = `X-Microsoft-Antispam-Message-Info:\r\n\t${letters(number + 1, Math.max(40, room), 72)}\r\n`;
  return `${head}${filler}${type}\r\n${body}`;
}

function multipart(request: Request, head: string, number: number): string {
  const paragraphs = request.text
    .split("\r\n\r\n")
    .map((text) => `<p class="MsoNormal">${text.replaceAll("\r\n", "<br>")}</p>`);
  const html =
    `<html><head><meta charset="utf-8"><style>p.MsoNormal{margin:0;font-family:Calibri,sans-serif;font-size:11pt}` +
    ` table{border-collapse:collapse}</style></head><body lang="EN-GB">\r\n${paragraphs.join("\r\n<p>&nbsp;</p>\r\n")}\r\n` +
    `<table><tr><td><b>${request.name}</b></td></tr><tr><td>Phone +49 30 5550 ${1000 + (number % 9000)}</td></tr></table>\r\n` +
    `<p style="font-size:8pt;color:#888">${DISCLAIMER.replaceAll("\r\n", " ")}</p></body></html>\r\n`;
  const text = `${request.text}\r\n\r\n-- \r\n${request.name}\r\n\r\n${DISCLAIMER}`;
  const outer = `=_outer_${number}`;
  const inner = `=_inner_${number}`;
  const parts =
    `Content-Type: multipart/mixed; boundary="${outer}"\r\n\r\nThis is a multi-part message in MIME format.\r\n` +
    `--${outer}\r\nContent-Type: multipart/alternative; boundary="${inner}"\r\n\r\n` +
    `--${inner}\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(text)}\r\n` +
    `--${inner}\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(html)}\r\n--${inner}--\r\n` +
    `--${outer}\r\nContent-Type: image/png; name="screen-${number}.png"\r\nContent-Disposition: attachment; filename="screen-${number}.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
  const room = SIZES.multipart - head.length - parts.length;
  const picture = letters(number, room, 76).replaceAll("\r\n\t", "\r\n");
  return `${head}${parts}${picture}\r\n--${outer}--\r\n`;
}

/** Folded lines of what looks like base64. */
function letters(seed: number, length: number, width: number): string {
  const random = createRandom(seed + 1);
  const bytes = Buffer.alloc(Math.ceil((length * 3) / 4));
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256);
  return (
    bytes
      .toString("base64")
      .replaceAll("=", "")
      .match(new RegExp(`.{1,${width}}`, "g")) ?? []
  ).join("\r\n\t");
}

function encoded(subject: string): string {
  return /^[\x20-\x7e]*$/.test(subject) ? subject : `=?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`;
}

/** RFC 2045 §6.7. */
function quotedPrintable(text: string): string {
  return text
    .split("\r\n")
    .map((line) => {
      const bytes = [...Buffer.from(line)].map((byte) =>
        byte === 61 || byte > 126 || byte < 32
          ? `=${byte.toString(16).toUpperCase().padStart(2, "0")}`
          : String.fromCharCode(byte),
      );
      let out = "";
      let width = 0;
      for (const byte of bytes) {
        if (width + byte.length > 74) {
          out += "=\r\n";
          width = 0;
        }
        out += byte;
        width += byte.length;
      }
      return out;
    })
    .join("\r\n");
}

/** RFC 5321 §4.5.2. */
export function onTheWire(source: string): Buffer {
  return Buffer.from(`${source.replaceAll("\r\n.", "\r\n..")}${source.endsWith("\r\n") ? "" : "\r\n"}.\r\n`);
}
