import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OpenAiConfig } from "../../src/config.ts";

/** What the server does with one call. */
export type Reply =
  | {
      readonly content: unknown;
      readonly finish?: string;
      readonly refusal?: string;
      readonly usage?: Usage | null;
    }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | { readonly raw: string }
  /** Keeps the connection open and says nothing; `afterHead`: begins an answer and never ends it. */
  | { readonly silent: true; readonly afterHead?: boolean }
  | { readonly hangUp: true };

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

export interface Call {
  readonly path: string;
  readonly authorization: string | null;
  // A request's JSON, of any shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  /** System and user text together. */
  readonly text: string;
  readonly at: number;
}

export interface ModelServer {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly calls: readonly Call[];
  /** Calls under way at once, at most so far. */
  readonly most: number;
  answer(next: (call: Call, count: number) => Reply | Promise<Reply>): void;
  close(): Promise<void>;
}

export const json = (
  value: unknown,
  usage: Usage = { prompt_tokens: 1000, completion_tokens: 200 },
): Reply => ({
  content: JSON.stringify(value),
  usage,
});

/**
 * A server of OpenAI's Chat Completions and Embeddings, by the wire protocol: paths, errors, `choices`, `usage`, and the
 * refusal of schemas that its strict mode does not take.
 */
export async function startModelServer(
  answer: (call: Call, count: number) => Reply | Promise<Reply>,
): Promise<ModelServer> {
  const calls: Call[] = [];
  let next = answer;
  let running = 0;
  let most = 0;
  const server = createServer((request, response) => {
    void (async () => {
      running += 1;
      most = Math.max(most, running);
      response.on("close", () => (running -= 1));
      const body = await bodyOf(request);
      const call: Call = {
        path: request.url ?? "",
        authorization: request.headers.authorization ?? null,
        body,
        text: textOf(body),
        at: performance.now(),
      };
      calls.push(call);
      const fault = faultOf(request, call);
      send(response, call, fault ?? (await next(call, calls.length)));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    get most() {
      return most;
    },
    answer: (then) => void (next = then),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "null") as unknown;
}

function textOf(body: unknown): string {
  const { messages = [] } = (body ?? {}) as { messages?: { content: string }[] };
  return messages.map((message) => message.content).join("\n");
}

function faultOf(request: IncomingMessage, { path, body }: Call): Reply | null {
  if (request.method !== "POST" || !["/v1/chat/completions", "/v1/embeddings"].includes(path))
    return refusal(404, `Unknown request URL: ${request.method ?? ""} ${path}`);
  const schema = body?.response_format?.json_schema?.schema as unknown;
  const fault = schema === undefined ? null : schemaFault(schema, "");
  return fault === null
    ? null
    : refusal(400, `Invalid schema for response_format: ${fault}`, "response_format");
}

export const refusal = (status: number, message: string, param: string | null = null): Reply => ({
  status,
  body: { error: { message, type: "invalid_request_error", param, code: null } },
});

/** What strict structured outputs refuse: optional or further properties, and bounds of texts. */
function schemaFault(schema: unknown, path: string): string | null {
  if (typeof schema !== "object" || schema === null) return null;
  const one = schema as Record<string, unknown>;
  if (one["type"] === "object") {
    const names = Object.keys(one["properties"] ?? {});
    if (one["additionalProperties"] !== false) return `${path}: additionalProperties must be false`;
    if (names.some((name) => !(one["required"] as string[] | undefined)?.includes(name)))
      return `${path}: every property must be required`;
  }
  for (const word of ["maxLength", "minLength"])
    if (word in one) return `${path}: '${word}' is not permitted`;
  for (const [key, value] of Object.entries(one)) {
    const fault = schemaFault(value, `${path}/${key}`);
    if (fault !== null) return fault;
  }
  return null;
}

function send(response: ServerResponse, { path, body }: Call, reply: Reply): void {
  if ("hangUp" in reply) return void response.destroy();
  if ("silent" in reply) {
    if (reply.afterHead === true) {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"id":');
    }
    return;
  }
  if ("raw" in reply)
    return void response.writeHead(200, { "content-type": "application/json" }).end(reply.raw);
  if ("status" in reply)
    return void response
      .writeHead(reply.status, { "content-type": "application/json", ...reply.headers })
      .end(
        JSON.stringify(reply.body ?? { error: { message: "The server had an error", type: "server_error" } }),
      );
  const answer = path.endsWith("/embeddings") ? reply.content : completion(body, reply);
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
}

function completion(body: { model?: string }, reply: Extract<Reply, { content: unknown }>): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: body.model,
    choices: [
      {
        index: 0,
        finish_reason: reply.finish ?? "stop",
        message: { role: "assistant", content: reply.content, refusal: reply.refusal ?? null },
      },
    ],
    ...(reply.usage === null
      ? {}
      : {
          usage: { ...(reply.usage ?? { prompt_tokens: 1000, completion_tokens: 200 }), total_tokens: 1200 },
        }),
  };
}

/** A desk's settings for a model on this server. */
export function settingsFor(server: Pick<ModelServer, "url">, own: Partial<OpenAiConfig> = {}): OpenAiConfig {
  return {
    baseUrl: server.url,
    model: "small",
    apiKey: "",
    timeoutMs: 20_000,
    maxCostPerDay: null,
    priceInput: 1,
    priceOutput: 2,
    priceEmbeddings: 1,
    concurrency: 4,
    embeddingsModel: null,
    ...own,
  };
}
