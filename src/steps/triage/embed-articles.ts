import { createHash } from "node:crypto";
import type { Embeddings } from "../../assistant/engine.ts";
import { failureOf, type FailureCode, type ModelFailure } from "../../assistant/hosted/model-failure.ts";
import type { NewJob } from "../../queue/queue.ts";
import {
  confirmVectors,
  countVectors,
  dropVectors,
  newestDimensions,
  saveVectors,
  waitingArticles,
  type ArticleVector,
  type WaitingArticle,
} from "../../store/article-vectors.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

type Embedding = Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "directory" | "log">;

/** Articles in one job: one call to the model. */
const AT_ONCE = 32;

/** After a failure the model is asked again in so many milliseconds; also where the day's cap is reached, which costs no call. */
const AGAIN_MS = 5 * 60_000;

/** A job that makes vectors of the articles that have none; one that waits already takes this one in. */
export function vectorsJob(payload: { readonly check?: boolean; readonly runAt?: string } = {}): NewJob {
  const { runAt, check = false } = payload;
  return {
    kind: "embed-articles",
    payload: { check },
    key: check ? "check" : "articles",
    // Behind every mail.
    priority: -1,
    ...(runAt === undefined ? {} : { runAt }),
  };
}

export function askForVectors(
  desk: Pick<Desk, "database" | "queue">,
  payload: Parameters<typeof vectorsJob>[0] = {},
): Promise<void> {
  return desk.queue.add(desk.database.db, [vectorsJob(payload)]);
}

/**
 * Make vectors of articles that are new, changed, or known by another model only: a batch, then the next as a job of its own. A model
 * that fails is asked again in a while, for as long as it takes; a text that it will not take is noted and not sent again.
 * `check`: it may have been changed under its name, so one article is sent anew to see.
 */
export async function embedArticles(desk: Embedding, { check }: { readonly check: boolean }): Promise<void> {
  const { embeddings } = (await desk.directory.current()).engine;
  if (embeddings === undefined) return;
  const { reader } = desk.database;
  if (check && !(await isStillItself(desk, embeddings))) await startAnew(desk, embeddings);
  const waiting = await waitingArticles(reader, embeddings.model, AT_ONCE);
  if (waiting.length === 0) return;
  const same = waiting.filter((one) => one.textSha256 === sha256(textOf(one)));
  const changed = waiting.filter((one) => !same.includes(one));
  const made = await vectorsOf(embeddings, changed);
  const dimensions = lengthOf(made.results);
  const before = await newestDimensions(reader, embeddings.model);
  const isAnother = dimensions !== null && before !== null && dimensions !== before;
  if (isAnother) await startAnew(desk, embeddings);
  const again = made.failure === null ? undefined : new Date(desk.clock().getTime() + AGAIN_MS).toISOString();
  await transact(desk, "embed-articles", async (unit) => {
    await saveVectors(unit.db, embeddings.model, made.results);
    if (!isAnother)
      await confirmVectors(
        unit.db,
        same.map(({ id, updatedAt }) => ({ articleId: id, articleUpdatedAt: updatedAt })),
      );
    if (again !== undefined) unit.enqueue(vectorsJob({ runAt: again }));
    else if (isAnother || waiting.length === AT_ONCE) unit.enqueue(vectorsJob());
  });
  desk.database.keptVectors.lookAfter();
  await tell(desk, embeddings, made);
}

interface Made {
  readonly results: readonly ArticleVector[];
  /** Why the others have none yet; `null` where all were answered. */
  readonly failure: ModelFailure | null;
}

/** Failures that may come from one text alone. */
const OF_A_TEXT: ReadonlySet<FailureCode> = new Set(["rejected", "too-long", "declined", "cut-off"]);

async function vectorsOf(embeddings: Embeddings, articles: readonly WaitingArticle[]): Promise<Made> {
  if (articles.length === 0) return { results: [], failure: null };
  try {
    const vectors = await embeddings.embed(articles.map(textOf));
    return {
      results: articles.flatMap((article, at) => {
        const vector = vectors[at];
        return vector === undefined ? [] : [resultOf(article, { vector })];
      }),
      failure: null,
    };
  } catch (error) {
    const failure = failureOf(error);
    if (!OF_A_TEXT.has(failure.code)) return { results: [], failure };
    return articles.length === 1
      ? { results: articles.map((one) => resultOf(one, { refused: failure.message })), failure: null }
      : oneByOne(embeddings, articles, failure);
  }
}

/** Which of the texts it was. Where it is all of them, it is none of them: the model is set up wrongly. */
async function oneByOne(
  embeddings: Embeddings,
  articles: readonly WaitingArticle[],
  failure: ModelFailure,
): Promise<Made> {
  const results: ArticleVector[] = [];
  for (const article of articles) {
    const made = await vectorsOf(embeddings, [article]);
    if (made.failure !== null) return { results: results.filter(isMade), failure: made.failure };
    results.push(...made.results);
    if (results.length === FIRST_TEXTS && !results.some(isMade)) return { results: [], failure };
  }
  return results.some(isMade) ? { results, failure: null } : { results: [], failure };
}

/** Refused one after the other: the rest would be too. */
const FIRST_TEXTS = 5;

const isMade = ({ result }: ArticleVector): boolean => "vector" in result;

function resultOf(article: WaitingArticle, result: ArticleVector["result"]): ArticleVector {
  return {
    articleId: article.id,
    textSha256: sha256(textOf(article)),
    articleUpdatedAt: article.updatedAt,
    result,
  };
}

const textOf = ({ title, body }: WaitingArticle): string => `${title}\n\n${body}`;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function lengthOf(results: readonly ArticleVector[]): number | null {
  for (const { result } of results) if ("vector" in result) return result.vector.length;
  return null;
}

/** Where the model fails there is no telling: what is stored stays. */
async function isStillItself(desk: Embedding, embeddings: Embeddings): Promise<boolean> {
  const before = await newestDimensions(desk.database.reader, embeddings.model);
  if (before === null) return true;
  try {
    const [vector] = await embeddings.embed(["How long is a vector?"]);
    return vector === undefined || vector.length === before;
  } catch {
    return true;
  }
}

async function startAnew(desk: Embedding, { model }: Embeddings): Promise<void> {
  await transact(desk, "embed-articles", (unit) => dropVectors(unit.db, model));
  desk.log.warn(
    { model },
    "the embeddings model gives other vectors than before: all articles are sent anew",
  );
}

async function tell(desk: Embedding, { model }: Embeddings, made: Made): Promise<void> {
  const { waiting, refused } = await countVectors(desk.database.reader, model);
  const counts = { model, made: made.results.filter(isMade).length, waiting, refused };
  if (made.failure === null) desk.log.info(counts, "articles were made vectors");
  else
    desk.log.warn(
      { ...counts, code: made.failure.code },
      `articles wait for their vectors, until then they are found by words alone: ${made.failure.message}; asked again in ${AGAIN_MS / 60_000} minutes`,
    );
}
