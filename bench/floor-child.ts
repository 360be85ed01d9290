/**
 * The least that any such desk must do with a mail: take it by SMTP, parse it, commit it durably to SQLite with the
 * desk's own settings. What the desk costs beyond this is its own doing.
 */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { mkdir } from "node:fs/promises";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { openDatabase } from "../src/store/open-database.ts";
import { answer } from "./answering.ts";
import { databaseFile } from "./desk-setup.ts";
import { usage } from "./usage.ts";

const [directory = ""] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const database = await openDatabase(`sqlite:${databaseFile(directory)}`);

async function store(bytes: Buffer): Promise<void> {
  await simpleParser(bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await database.db.transaction((transaction) =>
    transaction("raw_messages").insert({
      sha256,
      size: bytes.length,
      bytes,
      created_at: new Date().toISOString(),
    }),
  );
}

async function settle(stored: Promise<void>, done: (error: Error | null) => void): Promise<void> {
  try {
    await stored;
    done(null);
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      void settle(store(Buffer.concat(chunks)), done);
    });
  },
});
const listener = server.listen(0, "127.0.0.1", () => {
  answer({ port: () => (listener.address() as AddressInfo).port, usage }, () => database.close());
});
