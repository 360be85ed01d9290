/**
 * Distinct words of two letters or more, in lower case and without accents, at most `limit`.
 * Nothing in them can be query syntax, whatever the mail held.
 */
export function queryWords(query: string, limit = 16): readonly string[] {
  const words = new Set<string>();
  const plain = query.slice(0, 4000).normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  for (const match of plain.matchAll(/[\p{L}\p{N}]{2,40}/gu)) {
    words.add(match[0]);
    if (words.size >= limit) break;
  }
  return [...words];
}

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
