import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSortedMail } from "../../src/cli/sorted-mail.ts";

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "sorted-"));
});
afterEach(() => rm(place, { recursive: true }));

async function put(name: string, text: string): Promise<string> {
  const file = join(place, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const shown = (mails: Awaited<ReturnType<typeof readSortedMail>>) =>
  mails.map(({ id, spam, bytes }) => [id, spam, Buffer.from(bytes).toString()]);

describe("readSortedMail", () => {
  const sorted = [
    ["mails/easy-ham-1/a.eml", false, "A"],
    ["mails/easy-ham-1/spam/b.eml", true, "B"],
    ["mails/hamburg/c.eml", null, "C"],
    ["mails/spam_2025/d.txt", true, "D"],
  ];
  const putAll = async () => {
    for (const [name, , text] of sorted) await put(String(name), String(text));
    await put("mails/.hidden", "no mail");
  };

  it("takes the word of the nearest folder", async () => {
    await putAll();
    expect(shown(await readSortedMail(place))).toEqual(sorted);
  });

  it("reads the same from an archive", async () => {
    await putAll();
    execFileSync("tar", ["czf", join(place, "all.tar.gz"), "-C", place, "mails"]);
    const found = shown(await readSortedMail(join(place, "all.tar.gz")));
    expect(found.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual(sorted);
    await writeFile(join(place, "cut.tar.gz"), "no archive");
    await expect(readSortedMail(join(place, "cut.tar.gz"))).rejects.toThrow("cut.tar.gz is no archive");
  });

  it("reads lines with the mail or with its path", async () => {
    await put("m/1.eml", "A");
    const file = await put(
      "rows.jsonl",
      '{"id":1,"path":"m/1.eml","spam":true}\n\n{"id":"x","raw":"B","spam":false}\n{"id":"y","raw":"C"}\n',
    );
    expect(shown(await readSortedMail(file))).toEqual([
      ["1", true, "A"],
      ["x", false, "B"],
      ["y", null, "C"],
    ]);
  });

  it.each([
    ["{", "line 1: it is no JSON"],
    ['{"id":"1","spam":true}', 'line 1: exactly one of "raw"'],
    ['{"id":"1","path":"none.eml","spam":true}', "line 1: none.eml cannot be read"],
  ])("names the line of %s", async (line, says) => {
    const file = await put("rows.jsonl", `${line}\n`);
    await expect(readSortedMail(file)).rejects.toThrow(says);
  });

  it("says so where there is nothing", async () => {
    await expect(readSortedMail(join(place, "none"))).rejects.toThrow("none cannot be read");
    await expect(readSortedMail(place)).rejects.toThrow("holds no mail");
  });
});
