import type { Request, Response } from "express";
import { z } from "zod";
import type { ApiRole } from "../../store/access.ts";
import type { Web } from "../context.ts";
import { DEFAULT_LIMIT, MAX_LIMIT } from "../paging.ts";
import { HttpProblem, type Fault } from "../problem.ts";

/** Who calls, by the token. */
export interface Caller {
  readonly name: string;
  readonly role: ApiRole;
}

export interface Call<Query, Params, Body> {
  readonly web: Web;
  readonly caller: Caller;
  readonly query: Query;
  readonly params: Params;
  readonly body: Body;
  readonly req: Request;
  readonly res: Response;
}

/** One path and method: what it takes, what it answers, and who may. The OpenAPI document is written from it. */
export interface ApiRoute {
  readonly method: "get" | "put" | "post";
  /** As OpenAPI writes it: `/tickets/{number}`. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly role: ApiRole;
  readonly query: z.ZodType;
  readonly params: z.ZodType;
  readonly body: z.ZodType | null;
  /** A schema of `components`; a media type where the answer is no JSON. */
  readonly answer: z.ZodType | "message/rfc822" | "application/json";
  /** Problems that this route has beside those of all. */
  readonly problems: readonly number[];
  /** Answers the JSON to send, or `undefined` where it has sent the answer itself. */
  handle(call: Call<unknown, unknown, unknown>): Promise<unknown>;
}

interface RouteSpec<Q extends z.ZodType, P extends z.ZodType, B extends z.ZodType> {
  readonly method?: "get" | "put" | "post";
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly role?: ApiRole;
  readonly query?: Q;
  readonly params?: P;
  readonly body?: B;
  readonly answer: ApiRoute["answer"];
  readonly problems?: readonly number[];
  handle(call: Call<z.infer<Q>, z.infer<P>, z.infer<B>>): Promise<unknown>;
}

const NOTHING = z.strictObject({});
type Nothing = typeof NOTHING;

export function route<
  Q extends z.ZodType = Nothing,
  P extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(spec: RouteSpec<Q, P, B>): ApiRoute {
  const { name, path, summary, description, answer } = spec;
  const query = spec.query ?? NOTHING;
  const params = spec.params ?? NOTHING;
  const body = spec.body ?? null;
  return {
    method: spec.method ?? "get",
    name,
    path,
    summary,
    ...(description === undefined ? {} : { description }),
    role: spec.role ?? "viewer",
    query,
    params,
    body,
    answer,
    problems: spec.problems ?? [],
    handle: (call) =>
      spec.handle({
        ...call,
        query: parsed(query, call.query, "bad-request", "The query is not understood.") as z.infer<Q>,
        params: parsed(params, call.params, "not-found", "There is nothing at this path.") as z.infer<P>,
        body: (body === null
          ? {}
          : parsed(body, call.body, "bad-request", "The body is not understood.")) as z.infer<B>,
      }),
  };
}

function parsed(
  schema: z.ZodType,
  value: unknown,
  kind: "bad-request" | "not-found",
  words: string,
): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HttpProblem(kind, words, kind === "not-found" ? [] : result.error.issues.flatMap(faultsOf));
}

function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message: "not known here" }));
  return [{ path: issue.path.join("."), message: issue.message }];
}

/** Query values are text. A whole number in digits, nothing else: `1e3` and ` 5` are refused. */
export const digits = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `a whole number from ${low} to ${high}`)
    .transform(Number)
    .pipe(z.number().min(low, `${low} or more`).max(high, `${high} or less`));

/** `?limit=&cursor=` of every list. */
export const paging = {
  limit: digits(1, MAX_LIMIT)
    .optional()
    .transform((limit) => limit ?? DEFAULT_LIMIT)
    .describe(`How many, 1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} where left out.`),
  cursor: z.string().max(100).optional().describe("`next` of the page before."),
};

const words = z.string().trim().min(1, "not empty").max(200, "200 characters or less");
export const filter = (about: string) => words.optional().describe(about);
