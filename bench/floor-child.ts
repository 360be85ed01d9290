/**
 * The least that any such desk must do with a mail: take it by SMTP, parse it, commit it durably to SQLite with the
 * desk's own settings. What the desk costs beyond this is its own doing. Asked for more statements a mail, it reads and writes
 * a small row by its key in turn: what as many cost by this driver, whatever a desk does with them.
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

const [directory = "", statements = "1"] = process.argv.slice(2);
/** Besides the one that stores the bytes. */
const MORE = Number(statements) - 1;
const READS = Math.floor(MORE / 2);
/** Some 300 characters, as an event has them. */
const BODY = "a small row of a desk ".repeat(14);

await mkdir(directory, { recursive: true });
const database = await openDatabase(`sqlite:${databaseFile(directory)}`);
await database.db.schema.createTable("floor_rows", (table) => {
  table.increments("id");
  table.text("body");
});
await database.db("floor_rows").insert({ body: BODY });

async function store(bytes: Buffer): Promise<void> {
  await simpleParser(bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  for (let read = 0; read < READS; read += 1) await database.reader("floor_rows").where({ id: 1 }).first();
  await database.db.transaction(async (transaction) => {
    await transaction("raw_messages").insert({
      sha256,
      size: bytes.length,
      bytes,
      created_at: new Date().toISOString(),
    });
    for (let write = READS; write < MORE; write += 1) await transaction("floor_rows").insert({ body: BODY });
  });
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
