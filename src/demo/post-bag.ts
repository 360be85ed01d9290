import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLetter, type Letter } from "../mail-program/letter.ts";

const MAILS = fileURLToPath(new URL("data/mails", import.meta.url));
const MINUTES_APART = 2;

/** One of the demo's support mails, ready to be posted. */
export interface SupportMail {
  /** `01-vpn-outage.eml` */
  readonly file: string;
  readonly letter: Letter;
  /** addr-spec; "" for a bounce, whose return path is null (RFC 5321 §4.5.5). */
  readonly reversePath: string;
  readonly bytes: Buffer;
}

/** The mails under data/mails, in order, dated as if they had come in over the last minutes. */
export async function supportMails(now: Date): Promise<readonly SupportMail[]> {
  const files = (await readdir(MAILS)).filter((file) => file.endsWith(".eml")).toSorted();
  return Promise.all(
    files.map(async (file, index) => {
      const date = new Date(now.getTime() - (files.length - index) * MINUTES_APART * 60_000);
      const bytes = onTheWire(await readFile(join(MAILS, file), "utf8"), date);
      const letter = await readLetter(bytes, now);
      return {
        file,
        letter,
        reversePath: /^mailer-daemon@/i.test(letter.from.address) ? "" : letter.from.address,
        bytes,
      };
    }),
  );
}

/** With the line ends of the wire, and a Date of today: the file's own would look like last year's mail. */
function onTheWire(source: string, date: Date): Buffer {
  const text = source.replaceAll(/\r?\n/g, "\r\n");
  const end = text.indexOf("\r\n\r\n");
  const head = text
    .slice(0, end)
    .replace(/^Date: .*$/m, `Date: ${date.toUTCString().replace("GMT", "+0000")}`);
  return Buffer.from(head + text.slice(end));
}
