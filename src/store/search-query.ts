/**
 * What is searched and what is asked for are cut into words here, alike for both databases: their own tokenizers
 * disagree about `vpn.contoso.example`, `0x80070005` and `Zürich`.
 */

/** Lower case, without accents, in words of at most 40 letters and digits. */
function* wordsOf(text: string): Generator<string> {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  for (const match of plain.matchAll(/[\p{L}\p{N}]{1,40}/gu)) yield match[0];
}

/** What an index is given in place of a text. */
export function searchWords(text: string): string {
  return [...wordsOf(text)].join(" ");
}

/**
 * Distinct words of two letters or more, in lower case and without accents, at most `limit`.
 * Nothing in them can be query syntax, whatever the mail held.
 */
export function queryWords(query: string, limit = 16): readonly string[] {
  return distinct(query, limit, () => true);
}

/** The same without the words that every English mail has: they find everything and tell nothing. */
export function tellingWords(query: string, limit = 16): readonly string[] {
  return distinct(query, limit, (word) => !STOP_WORDS.has(word));
}

function distinct(query: string, limit: number, isWanted: (word: string) => boolean): readonly string[] {
  const words = new Set<string>();
  for (const word of wordsOf(query.slice(0, 4000))) {
    if (word.length >= 2 && isWanted(word)) words.add(word);
    if (words.size >= limit) break;
  }
  return [...words];
}

/** PostgreSQL's english.stop: its index leaves these out, so that no query may ask for them. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself " +
    "it its itself they them their theirs themselves what which who whom this that these those am is are was were be " +
    "been being have has had having do does did doing a an the and but if or because as until while of at by for with " +
    "about against between into through during before after above below to from up down in out on off over under " +
    "again further then once here there when where why how all any both each few more most other some such no nor not " +
    "only own same so than too very s t can will just don should now"
  ).split(" "),
);

/** FTS5: each word quoted, any of them. */
export function fts5Query(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" OR ");
}

/** PostgreSQL's to_tsquery: each word quoted, any of them. */
export function tsQuery(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" | ");
}

export function isPostgres(db: { client: { config: { client?: unknown } } }): boolean {
  return db.client.config.client === "pg";
}
