import { expect, test } from "vitest";
import { changedPhrases } from "../../src/review/rewrites.ts";

const DRAFT = "Hello Ana,\n\nplease restart the VPN client. We will look into it.\n\nKind regards\nDana";
const pair = (released: string, proposed = DRAFT) => ({ proposed, released });
const soon = DRAFT.replace("We will look into it.", "I am on it now.");

test.each<[string, Parameters<typeof changedPhrases>[0], readonly string[]]>([
  ["nothing was changed", [pair(DRAFT), pair(DRAFT)], []],
  ["once is no habit", [pair(soon), pair(DRAFT)], []],
  [
    "a sentence in place of another",
    [pair(soon), pair(soon), pair(DRAFT)],
    ["2: We will look into it → I am on it now"],
  ],
  [
    "the same taken out, something else put in each time",
    [pair(DRAFT.replace("We will look into it.", "Call me at four.")), pair(soon), pair(DRAFT)],
    ["2: We will look into it → "],
  ],
  [
    "the same put in, in place of what differs",
    [pair(soon), pair("Hello Ana. I am on it now. Bye", "Hello Ana. Something else here. Bye")],
    ["2:  → I am on it now"],
  ],
  [
    "a line that comes each time",
    [pair(`${DRAFT}\n\nTicket desk`), pair(`${DRAFT}\nticket  desk`)],
    ["2:  → Ticket desk"],
  ],
  ["twice in one text counts once", [pair("b x b", "a x a"), pair("a", "a")], []],
  [
    "the most frequent first",
    [
      pair(soon),
      pair(soon.replace("Hello", "Hi")),
      pair(DRAFT.replace("Hello", "Hi")),
      pair(DRAFT.replace("Hello", "Hi")),
    ],
    ["3: Hello → Hi", "2: We will look into it → I am on it now"],
  ],
])("%s", (_, pairs, expected) => {
  expect(changedPhrases(pairs, 3).map(({ from, to, count }) => `${count}: ${from} → ${to}`)).toEqual(
    expected,
  );
});

test("a long one is cut at a word", () => {
  const long = Array.from({ length: 40 }, (_, at) => `word${at}`).join(" ");
  const [found] = changedPhrases([pair(`${DRAFT} ${long}`), pair(`${DRAFT} ${long}`)], 1);
  expect(found?.to.length).toBeLessThan(90);
  expect(found?.to).toMatch(/ …$/);
});
