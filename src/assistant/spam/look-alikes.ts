/**
 * Letters, mostly Cyrillic, Greek and Armenian ones, that a reader takes for a Latin one (the likeliest of Unicode's TR39 confusables), with the one
 * that they look like. Letters that look like none are left as they are.
 */
const DOUBLES: ReadonlyMap<string, string> = new Map(
  [
    ["аɑα", "a"],
    ["ь", "b"],
    ["сϲ", "c"],
    ["ԁđ", "d"],
    ["еєҽε", "e"],
    ["ԍɡց", "g"],
    ["һհħ", "h"],
    ["іıι", "i"],
    ["јϳ", "j"],
    ["кκ", "k"],
    ["ӏłɩ", "l"],
    ["м", "m"],
    ["пηո", "n"],
    ["оοσօø", "o"],
    ["рρք", "p"],
    ["ԛգ", "q"],
    ["г", "r"],
    ["ѕ", "s"],
    ["тτ", "t"],
    ["υսц", "u"],
    ["ѵν", "v"],
    ["ԝωա", "w"],
    ["хχ", "x"],
    ["уγү", "y"],
    ["ᴢ", "z"],
  ].flatMap(([letters = "", latin = ""]) =>
    Array.from(letters, (letter): [string, string] => [letter, latin]),
  ),
);

/** In small letters as a reader sees it: without marks and characters that take no room, doubles of Latin letters as these. */
export function asSeen(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replaceAll(/[\p{M}\p{Cf}]/gu, "")
    .toLowerCase();
  // Most names and domains end here.
  return /^[\u0020-\u007e]*$/.test(plain)
    ? plain
    : plain.replaceAll(/[^\u0020-\u007e]/gu, (letter) => DOUBLES.get(letter) ?? letter);
}
