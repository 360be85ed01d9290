import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listMail } from "../../src/store/messages.ts";
import { read } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { startWebDesk, type WebDesk } from "../support/web-desk.ts";

/** Attachments are counted and named, never opened: what is in them stays the client's and the technician's business. */

let web: WebDesk;
beforeAll(async () => {
  web = await startWebDesk();
});
afterAll(() => web?.close());

const attachment = (name: string, type: string, bytes: Buffer): string =>
  `--b\r\nContent-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n`;

const mail = (subject: string, parts: readonly string[]): string =>
  `From: ana@contoso.example\r\nTo: support@desk.example\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(" ", "-")}@contoso.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe printer jams, see the files.\r\n${parts.join("")}--b--\r\n`;

async function takenIn(raw: string) {
  const answer = await sendMail(web.test.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    raw,
  });
  expect(answer.code).toBe(250);
  await web.test.idle();
  const [message] = await listMail(web.test.desk.database.reader, { limit: 1 });
  if (message === undefined) throw new Error("it was not kept");
  return message;
}

test("45 · names with paths, controls and scripts are names, in the desk, the digest and the console", async () => {
  const names = [
    "../../../etc/passwd",
    "..\\\\..\\\\windows\\\\system32\\\\evil.dll",
    "/etc/cron.d/evil",
    "C:\\\\autorun.inf",
    "invoice.pdf\t.exe",
    "<img src=x onerror=window.pwned=1>.png",
    "a\u202egnp.exe",
    "con",
    ".htaccess",
    "x".repeat(5000),
  ];
  const message = await takenIn(
    mail(
      "names",
      names.map((name) => attachment(name, "application/octet-stream", Buffer.from("x"))),
    ),
  );
  expect(message.disposition).toBe("new-ticket");
  expect(message.attachments).toHaveLength(names.length);
  for (const { filename } of message.attachments) {
    expect(filename).not.toMatch(/[/\\\p{Cc}]/u);
    expect(filename.length).toBeLessThanOrEqual(255);
    expect(filename).not.toMatch(/^\.{1,2}$/);
  }
  const digest = web.test.relay.mails.findLast((one) => one.to[0]?.endsWith("@msp.example"));
  const shown = await read(digest?.bytes ?? Buffer.alloc(0));
  expect(shown.text).toContain("Attached: ");
  expect(shown.html).not.toMatch(/<img[^>]*onerror/);
});

test(
  "45 · archives and macros are not unpacked: their size is that of their bytes",
  { timeout: 60_000 },
  async () => {
    // 100 MB in 100 KB.
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const message = await takenIn(
      mail("bombs", [
        attachment("logs.gz", "application/gzip", bomb),
        attachment(
          "report.docm",
          "application/vnd.ms-word.document.macroEnabled.12",
          Buffer.from("PK\u0003\u0004x"),
        ),
        attachment("logs.zip", "application/zip", bomb),
      ]),
    );
    expect(message.attachments.map(({ filename, size }) => [filename, size])).toEqual([
      ["logs.gz", bomb.length],
      ["report.docm", 5],
      ["logs.zip", bomb.length],
    ]);
  },
);

test("45 · what is handed out is a download that no browser takes for a page", async () => {
  const message = await takenIn(
    mail("html", [attachment("page.html", "text/html", Buffer.from("<script>alert(1)</script>"))]),
  );
  const admin = await web.signedIn("alex@msp.example");
  const token = await web.token("admin");
  const api = await fetch(`${web.url}/api/v1/messages/${message.id}/raw`, {
    headers: { authorization: `Bearer ${token}` },
  });
  for (const { headers } of [await admin.get(`/mail/${message.id}/raw`), api]) {
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toMatch(/^message\/rfc822/);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="message-${message.id}.eml"`);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'|sandbox/);
  }
});
