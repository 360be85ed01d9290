import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../src/make-folder.ts";

let place: string;
beforeEach(async () => void (place = await mkdtemp(join(tmpdir(), "countersign-folder-"))));
afterEach(() => rm(place, { recursive: true }));

test("makes what is missing, and leaves what is there", async () => {
  const folder = join(place, "a", "b", "c");
  await Promise.all([makeFolder(folder), makeFolder(folder)]);
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});

test("says where a file is in the way", async () => {
  await writeFile(join(place, "file"), "");
  await expect(makeFolder(join(place, "file"))).rejects.toThrow(/EEXIST/);
  await expect(makeFolder(join(place, "file", "below"))).rejects.toThrow(/ENOTDIR/);
});

// Node's `mkdir` with `recursive` goes round for ever there, on a thread that nothing ends.
test.skipIf(process.platform !== "linux")("ends where a folder takes nothing new", async () => {
  await expect(makeFolder("/proc/self/desk/data")).rejects.toThrow(/ENOENT/);
});
