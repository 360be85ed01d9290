import type { Response } from "express";

/** RFC 9457: what is wrong, for programs and people. */
interface ProblemBody {
  /** A path below the desk's URL that names the kind; stable. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One or two sentences: what is so, and what to do. */
  readonly detail: string;
  /** Single faults, each with its place. */
  readonly problems?: readonly Fault[];
}

export interface Fault {
  /** A query name or the path of a key: `limit`, `rules[0].maxError`; "" for the whole. */
  readonly path: string;
  readonly message: string;
  /** From 1; for templates. */
  readonly line?: number;
  readonly column?: number;
  readonly variable?: string;
}

const TITLES = {
  "bad-request": [400, "The request is not understood"],
  unauthorized: [401, "A valid token is needed"],
  forbidden: [403, "This token may not do that"],
  "not-found": [404, "There is nothing here"],
  "method-not-allowed": [405, "This path does not take that method"],
  "not-acceptable": [406, "The answer cannot be given in that form"],
  conflict: [409, "Somebody else was first"],
  "too-large": [413, "The request is too large"],
  "unsupported-media-type": [415, "The body must be JSON"],
  invalid: [422, "The content cannot be saved"],
  "too-many-requests": [429, "Too many requests"],
  internal: [500, "Something failed here"],
} as const satisfies Record<string, readonly [number, string]>;
type ProblemKind = keyof typeof TITLES;

/** Thrown anywhere in a request; the error handler answers it. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly kind: ProblemKind;
  readonly faults: readonly Fault[];

  constructor(kind: ProblemKind, detail: string, faults: readonly Fault[] = []) {
    super(detail);
    this.kind = kind;
    this.faults = faults;
  }

  get status(): number {
    return TITLES[this.kind][0];
  }

  get title(): string {
    return TITLES[this.kind][1];
  }

  body(): ProblemBody {
    return {
      type: `/problems/${this.kind}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(this.faults.length === 0 ? {} : { problems: this.faults }),
    };
  }
}

export function sendProblem(res: Response, problem: HttpProblem): void {
  if (problem.kind === "unauthorized") res.setHeader("WWW-Authenticate", 'Bearer realm="countersign"');
  res.status(problem.status).type("application/problem+json").send(JSON.stringify(problem.body()));
}

/** What express, its body parsers or our own code threw, as a problem. `unexpected` is for the log. */
export function problemOf(error: unknown): { readonly problem: HttpProblem; readonly unexpected: boolean } {
  if (error instanceof HttpProblem) return { problem: error, unexpected: false };
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (type === "entity.too.large")
    return {
      problem: new HttpProblem("too-large", "The body is larger than 256 KB. Nothing was saved."),
      unexpected: false,
    };
  if (typeof status === "number" && status >= 400 && status < 500)
    return {
      problem: new HttpProblem(
        "bad-request",
        "The request or its body could not be read. Nothing was saved.",
      ),
      unexpected: false,
    };
  return {
    problem: new HttpProblem("internal", "The desk could not answer this. Its log says why."),
    unexpected: true,
  };
}
