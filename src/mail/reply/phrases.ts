/**
 * A table of words in many languages, written as a text: entries are set apart by `|`, rows by line ends.
 * Lower case, as it is compared with text in lower case.
 */
export function phrases(table: string): readonly string[] {
  return table
    .split(/[|\n]/)
    .map((phrase) => phrase.trim().normalize("NFC").toLowerCase())
    .filter((phrase) => phrase !== "");
}
