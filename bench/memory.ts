import type { DeskUsage } from "./desk-child.ts";
import { onTheWire, type LoadMail } from "./mails.ts";
import { freshMails, startDesk } from "./measure.ts";
import type { Relay } from "./relay.ts";
import { Load } from "./smtp-load.ts";

export type MemoryFigures = {
  readonly mailMb: number;
  readonly seconds: number;
  /** Before the large mail, after a few small ones. */
  readonly restMb: number;
  readonly peakMb: number;
};

const MB = 1024 * 1024;

/** The desk's peak resident memory while it takes one mail of 50 MB and asks for its review. */
export async function measureMemory(directory: string, relay: Relay): Promise<MemoryFigures> {
  const { desk, port } = await startDesk(directory, relay, { fresh: true, cpuProf: null });
  const load = await Load.open(port, 1);
  await relay.reset();
  const small = await load.flood(freshMails("plain", 50), 10_000);
  await relay.reviews(small.length);
  const before = await desk.ask<DeskUsage>("usage");
  const mail = largeMail();
  await relay.reset();
  const [sent] = await load.flood([mail], 60_000);
  const { items, lastAt } = await relay.reviews(1, 30_000);
  const after = await desk.ask<DeskUsage>("usage");
  load.close();
  if (items === 0)
    process.stderr.write(`\nthe large mail had no review: ${JSON.stringify(await desk.ask("failures"))}\n`);
  await desk.stop();
  return {
    mailMb: mail.wire.length / MB,
    seconds: items === 0 ? Number.NaN : (lastAt - (sent?.begunAt ?? 0)) / 1000,
    restMb: before.rssMb,
    peakMb: after.peakRssMb,
  };
}

/** Three attachments and a text, 50 MB on the wire. */
function largeMail(): LoadMail {
  const boundary = "=_large";
  const line = `${"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFyc3R1".slice(0, 76)}\r\n`;
  const part = (name: string): string =>
    `--${boundary}\r\nContent-Type: application/octet-stream; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\n` +
    `Content-Transfer-Encoding: base64\r\n\r\n${line.repeat(Math.floor((49.9 * MB) / 3 / line.length))}`;
  const source =
    `From: Ana Ruiz <ana.ruiz@contoso.example>\r\nTo: support@desk.example\r\nSubject: Drawings that do not open\r\n` +
    `Date: Mon, 02 Mar 2026 08:00:00 +0000\r\nMessage-ID: <large@mail.contoso.example>\r\nMIME-Version: 1.0\r\n` +
    `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n` +
    `Hello,\r\n\r\nAutoCAD says error 0x80070005 when I open these three drawings. Could you have a look?\r\n\r\nAna\r\n` +
    `${part("hall-1.dwg")}${part("hall-2.dwg")}${part("hall-3.dwg")}--${boundary}--\r\n`;
  return {
    messageId: "<large@mail.contoso.example>",
    from: "ana.ruiz@contoso.example",
    to: "support@desk.example",
    wire: onTheWire(source),
  };
}
