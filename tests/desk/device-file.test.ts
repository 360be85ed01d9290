import { describe, expect, test } from "vitest";
import { readCsv } from "../../src/desk/csv.ts";
import { parseDeviceFile } from "../../src/desk/device-file.ts";
import { describeProblem } from "../../src/desk/problem.ts";

describe("readCsv", () => {
  test.each([
    [
      "commas",
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "semicolons, as some countries' spreadsheets write",
      "a;b\r\n1,5;2\r\n",
      [
        ["a", "b"],
        ["1,5", "2"],
      ],
    ],
    [
      "tabs and a byte order mark",
      "\ufeffa\tb\n1\t2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "quotes, doubled ones and line breaks in them",
      'a,b\n"x, ""y""\nz", 2 \n',
      [
        ["a", "b"],
        ['x, "y"\nz', "2"],
      ],
    ],
    [
      "an inch within a field",
      'a,b\n24" screen,2\n',
      [
        ["a", "b"],
        ['24" screen', "2"],
      ],
    ],
    [
      "empty lines and empty rows",
      "a,b\n\n,\n1,\n",
      [
        ["a", "b"],
        ["1", ""],
      ],
    ],
    ["a quote that never closes", 'a\n"x,\ny', [["a"], ["x,\ny"]]],
    ["nothing", "", []],
  ])("%s", (_, text, rows) => {
    expect(readCsv(text).map((row) => row.fields)).toEqual(rows);
  });

  test("knows the line on which a row begins", () => {
    expect(readCsv('a\n"1\n2"\n\n3\n').map((row) => row.line)).toEqual([1, 2, 5]);
  });

  test("is linear over what is made to be slow", () => {
    expect(readCsv('"'.repeat(300_000)).length).toBeLessThan(3);
    expect(readCsv(`a\n${",\n".repeat(100_000)}`)).toHaveLength(1);
  });
});

const parse = (text: string) => {
  const { devices, problems } = parseDeviceFile(text, "devices.csv", ["Contoso", "Fabrikam"]);
  return { devices, said: problems.map(describeProblem) };
};

describe("parseDeviceFile", () => {
  test("reads the columns in any order, by their names", () => {
    const { devices, said } = parse(
      'Client,Contact Email,Name,OS,Type,Serial,Warranty until,Notes\ncontoso,Ana@contoso.example,LT-0042,Windows 11,laptop,5CG1,2027-03-31,"slow\ndisk"\nFabrikam,,DR-214,,printer,,,\n',
    );
    expect(said).toEqual([]);
    expect(devices).toEqual([
      {
        line: 2,
        client: "Contoso",
        contact: "Ana@contoso.example",
        name: "LT-0042",
        os: "Windows 11",
        type: "laptop",
        serial: "5CG1",
        warranty: "2027-03-31",
        notes: "slow disk",
      },
      {
        line: 4,
        client: "Fabrikam",
        contact: "",
        name: "DR-214",
        os: "",
        type: "printer",
        serial: "",
        warranty: "",
        notes: "",
      },
    ]);
  });

  test.each([
    [
      "LT-1,Contoso\n",
      'devices.csv:1: the header holds "LT-1"; it accepts name, client, contact, type, os, serial, warranty, notes.',
    ],
    [
      "",
      "devices.csv:1: the header is missing; it accepts a first line that names the columns: name, client, contact, type, os, serial, warranty, notes; name and client must be there.",
    ],
    [
      "name,os\n",
      'devices.csv:1: the header holds "name, os"; it accepts a first line that names the columns: name, client, contact, type, os, serial, warranty, notes; client must be there.',
    ],
    [
      "name,client,seriel\n",
      'devices.csv:1: the header holds "seriel"; it accepts name, client, contact, type, os, serial, warranty, notes (did you mean "serial"?).',
    ],
    [
      "name,client,name\n",
      'devices.csv:1: the header holds "name"; it accepts each of name, client, contact, type, os, serial, warranty, notes once.',
    ],
    ["name,client\n,Contoso\n", "devices.csv:2: name is missing; it accepts the name on the device's label."],
    [
      "name,client\nA,Contosso\n",
      'devices.csv:2: client holds "Contosso"; it accepts the name of a client: Contoso, Fabrikam (did you mean "Contoso"?).',
    ],
    [
      "name,client,contact\nA,Contoso,Ana\n",
      'devices.csv:2: contact holds "Ana"; it accepts a mail address, or nothing.',
    ],
    [
      "name,client,warranty\nA,Contoso,2027-02-30\n",
      'devices.csv:2: warranty holds "2027-02-30"; it accepts the last day of the warranty as 2027-03-31, or nothing.',
    ],
    [
      "name,client\nA,Contoso\na,contoso\n",
      'devices.csv:3: name holds "a"; it accepts a name that stands once for a client; line 2 has it.',
    ],
    [
      "name,client\nA,Contoso,x\n",
      'devices.csv:2: the row holds "3 fields"; it accepts 2 fields, as the header has.',
    ],
    [
      `name,client,notes\nA,Contoso,${"x".repeat(501)}\n`,
      `devices.csv:2: notes holds "${"x".repeat(60)}…"; it accepts a text of at most 500 characters.`,
    ],
  ])("says what is wrong, by line: %j", (text, sentence) => {
    expect(parse(text).said).toEqual([sentence]);
  });

  test("keeps the good rows beside a bad one", () => {
    expect(parse("name,client\nA,Contoso\nB,Nobody\nC,Fabrikam\n").devices.map((one) => one.name)).toEqual([
      "A",
      "C",
    ]);
  });
});
