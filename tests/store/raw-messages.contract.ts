import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { putRaws, readRaw, type RawBody } from "../../src/store/raw-messages.ts";
import { createSealing } from "../../src/store/sealing.ts";
import { freshStore } from "./fresh-store.ts";
import { NOW, errorOf, sealing, type OpenStore } from "./store.ts";

const MEGABYTE = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const body = (bytes: Buffer, over: Partial<RawBody> = {}): RawBody => ({
  sha256: sha256(bytes),
  size: bytes.length,
  body: { bytes },
  sealed: false,
  ...over,
});

export function rawMessagesContract(open: OpenStore): void {
  describe("raw messages", () => {
    let db: Knex;
    let folder: string;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
      folder = mkdtempSync(join(tmpdir(), "countersign-raw-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    async function read(hash: string, database: Knex = db, key = sealing): Promise<Buffer> {
      const chunks: Buffer[] = [];
      for await (const chunk of readRaw(database, hash, key)) chunks.push(chunk);
      return Buffer.concat(chunks);
    }

    it.each([
      ["every byte", Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
      ["nothing", Buffer.alloc(0)],
      ["NUL bytes", Buffer.from("a\0b\0")],
    ])("come back as they were: %s", async (_, bytes) => {
      for (const sealed of [false, true]) {
        const raw = body(bytes, {
          sealed,
          sha256: sha256(Buffer.concat([bytes, Buffer.from(String(sealed))])),
        });
        await putRaws(db, [raw], sealing, NOW);
        expect(await read(raw.sha256)).toEqual(bytes);
        expect(await read(raw.sha256, store.database.reader)).toEqual(bytes);
      }
    });

    it("are stored once", async () => {
      const raw = body(Buffer.from("Subject: twice\r\n\r\n"));
      await putRaws(db, [raw], sealing, NOW);
      await putRaws(db, [{ ...raw, body: { bytes: Buffer.from("never this") } }], sealing, NOW);
      await putRaws(db, [{ ...raw, body: { file: join(folder, "not-there") } }], sealing, NOW);
      expect((await read(raw.sha256)).toString()).toBe("Subject: twice\r\n\r\n");
      expect(await db("raw_messages").where({ sha256: raw.sha256 })).toHaveLength(1);
    });

    it("that hold a token cannot be read in the table, nor with another key", async () => {
      const bytes = Buffer.from("Reply-To: review+a1.secretsecretsecret@desk.example\r\n\r\n");
      await putRaws(db, [body(bytes, { sealed: true })], sealing, NOW);
      const row = (await db("raw_messages")
        .where({ sha256: sha256(bytes) })
        .first()) as { bytes: Buffer };
      expect(row.bytes.includes("secret")).toBe(false);
      const other = createSealing(Buffer.alloc(32, 8));
      expect(await errorOf(read(sha256(bytes), db, other))).toMatchObject({
        message: expect.stringContaining("security.key") as string,
      });
    });

    it.each([false, true])("go in from a file by chunks of a megabyte (sealed: %s)", async (sealed) => {
      const bytes = Buffer.concat([randomBytes(16 * MEGABYTE), Buffer.from("the end")]);
      const file = join(folder, `large-${sealed}`);
      writeFileSync(file, bytes);
      const raw = body(bytes, { body: { file }, sealed });
      await db.transaction((transaction) => putRaws(transaction, [raw], sealing, NOW));
      const sizes = (await db("raw_chunks")
        .where({ sha256: raw.sha256 })
        .orderBy("seq")
        .select(db.raw("length(bytes) as size"))) as { size: number }[];
      expect(sizes).toHaveLength(17);
      expect(Math.max(...sizes.map((row) => row.size))).toBeLessThanOrEqual(MEGABYTE + 28);
      let largest = 0;
      const hash = createHash("sha256");
      for await (const chunk of readRaw(db, raw.sha256, sealing)) {
        largest = Math.max(largest, chunk.length);
        hash.update(chunk);
      }
      expect(hash.digest("hex")).toBe(raw.sha256);
      expect(largest).toBeLessThanOrEqual(MEGABYTE);
    });

    it("leave nothing behind when the file ends badly", async () => {
      const raw = { ...body(Buffer.from("x")), sha256: "c".repeat(64), body: { file: join(folder, "gone") } };
      expect(
        await errorOf(db.transaction((transaction) => putRaws(transaction, [raw], sealing, NOW))),
      ).not.toBeNull();
      expect(await db("raw_messages").where({ sha256: raw.sha256 }).first()).toBeUndefined();
    });

    it("that are not there are nothing", async () => {
      expect(await read("0".repeat(64))).toEqual(Buffer.alloc(0));
    });
  });
}
