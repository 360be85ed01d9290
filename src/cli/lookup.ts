import { Command, InvalidArgumentError } from "commander";
import type { ArticleHit } from "../desk/triage.ts";
import { searchArticles } from "../store/articles.ts";
import { openDatabase } from "../store/open-database.ts";
import { databaseUrl, readConfig, takesConfig, type ConfigOption } from "./config-option.ts";

export function lookupCommand(): Command {
  return takesConfig(new Command("lookup"))
    .description("articles that answer a query, best first")
    .argument("<query...>", "what somebody would ask")
    .option("--json", "one JSON array: id, title, source, score")
    .option("--limit <n>", "at most so many", limitIn, 5)
    .action((words: string[], options: ConfigOption & { json?: boolean; limit: number }) =>
      lookup(words.join(" "), options),
    );
}

function limitIn(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError("a whole number from 1 to 1000 is wanted.");
  return limit;
}

async function lookup(
  query: string,
  options: ConfigOption & { json?: boolean; limit: number },
): Promise<void> {
  const hits = await search(query, options);
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify(hits.map(({ articleId, title, source, score }) => ({ id: articleId, title, source, score })))}\n`,
    );
    return;
  }
  if (hits.length === 0)
    process.stdout.write(
      "No article holds these words. Import some: countersign import articles/ --as you@msp.example\n",
    );
  for (const hit of hits) process.stdout.write(`${hit.title}  (${hit.source})\n`);
}

/** Only the database is opened, not the desk: somebody waits for the answer. */
async function search(
  query: string,
  options: ConfigOption & { limit: number },
): Promise<readonly ArticleHit[]> {
  const database = await openDatabase(databaseUrl(await readConfig(options)));
  try {
    return await searchArticles(database, query, "all", options.limit);
  } finally {
    await database.close();
  }
}
