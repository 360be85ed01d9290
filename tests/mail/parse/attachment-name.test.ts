import { describe, expect, it } from "vitest";

import { attachmentName } from "../../../src/mail/parse/attachment-name.ts";

describe("45 · attachmentName", () => {
  it.each([
    ["invoice.pdf", "invoice.pdf"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["C:\\Users\\ana\\report.docx", "C:_Users_ana_report.docx"],
    ["a\r\nb\0c.txt", "a b c.txt"],
    ["..", "_"],
    ["Büro – Plan.txt", "Büro – Plan.txt"],
    ["fdp\u202eexe.txt", "fdp\u202eexe.txt"],
    ["", ""],
  ])("%j becomes %j", (written, name) => {
    expect(attachmentName(written)).toBe(name);
  });

  it("cuts a long name in front of its extension", () => {
    const name = attachmentName(`${"a".repeat(500)}.xlsx`);
    expect(name).toHaveLength(200);
    expect(name.endsWith("a.xlsx")).toBe(true);
  });
});
