import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { listMail } from "../../src/store/messages.ts";
import { sendMail } from "../support/smtp.ts";
import { startWebDesk, tellStory, type WebDesk } from "../support/web-desk.ts";

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  parameters: { name: string; in: string; schema: Json }[];
  requestBody?: unknown;
  responses: Record<string, { content: Record<string, { schema: Json }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

let desk: WebDesk;
let document: Document;
let admin: string;
beforeAll(async () => {
  desk = await startWebDesk({ yaml: "policies: [{ action: categorise, rung: conditional, maxError: 0.3 }]" });
  await tellStory(desk);
  // Without From: it is put aside.
  await sendMail(desk.test.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    raw: "Subject: who am I\n\nHelp.\n",
  });
  await desk.test.idle();
  admin = await desk.token("admin");
  // Needs no token: a program reads it before it has one.
  document = (await (await fetch(`${desk.url}/api/v1/openapi.json`)).json()) as Document;
});
afterAll(() => desk?.close());

/** The document's own schema, with every object closed: a field that it does not name is a failure. */
function validatorOf(schema: Json): z.ZodType {
  const close = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(close);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, one]) => [
      key,
      key === "$ref" ? String(one).replace("#/components/schemas/", "#/$defs/") : close(one),
    ]);
    const closed = Object.fromEntries(entries) as Json;
    if (
      closed["type"] === "object" &&
      closed["properties"] !== undefined &&
      closed["additionalProperties"] === undefined
    )
      closed["additionalProperties"] = false;
    return closed;
  };
  return z.fromJSONSchema({
    ...(close(schema) as Json),
    $defs: close(document.components.schemas) as Record<string, Json>,
  });
}

/** The newest release, as if its line had been lost. */
async function doubtedRelease(): Promise<number> {
  const { db } = desk.test.desk.database;
  const row = (await db("releases").orderBy("id", "desc").first("id", "draft_id")) as
    { id: number; draft_id: number } | undefined;
  await db("releases").where({ id: row?.id }).update({ status: "uncertain" });
  await db("drafts").where({ id: row?.draft_id }).update({ status: "uncertain" });
  return row?.id ?? 0;
}

/** One real request for each operation. */
const REQUESTS: Readonly<Record<string, { path: string; method?: string; body?: unknown }>> = {
  listTickets: { path: "tickets" },
  getTicket: { path: "tickets/1001" },
  listReviews: { path: "reviews" },
  listReleases: { path: "releases" },
  listEvents: { path: "events?limit=200" },
  listMail: { path: "mail" },
  getInsights: { path: "insights" },
  getRawMessage: { path: "messages/1/raw" },
  retryMail: { path: "mail/{quarantined}/retry", method: "POST" },
  listArticles: { path: "articles?q=vpn" },
  listTemplates: { path: "templates?limit=200" },
  getTemplate: { path: "templates/client%2Fvpn" },
  putTemplate: {
    path: "templates/client%2Fvpn",
    method: "PUT",
    body: { source: "Hi {{greetingName}},\n\nwe look at it.\n" },
  },
  getAttention: { path: "attention" },
  resolveRelease: {
    path: "releases/{uncertain}/resolution",
    method: "POST",
    body: { resolution: "delivered", as: "dana@msp.example" },
  },
  getPolicies: { path: "policies" },
  putPolicies: { path: "policies", method: "PUT", body: { rules: [{ action: "route", rung: "review" }] } },
  getOpenApi: { path: "openapi.json" },
};

describe("/api/v1/openapi.json", () => {
  it("is OpenAPI 3.1 with an operation for every path of the contract", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).sort()).toEqual([
      "/articles",
      "/attention",
      "/events",
      "/insights",
      "/mail",
      "/mail/{id}/retry",
      "/messages/{id}/raw",
      "/openapi.json",
      "/policies",
      "/releases",
      "/releases/{id}/resolution",
      "/reviews",
      "/templates",
      "/templates/{name}",
      "/tickets",
      "/tickets/{number}",
    ]);
    expect(Object.keys(document.paths["/templates/{name}"] ?? {})).toEqual(["get", "put"]);
  });

  it("every operation is tried below, and every parameter and reference is described", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
      Object.keys(REQUESTS).sort(),
    );
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((one) => one.in === "path").map((one) => one.name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      for (const { schema } of operation.parameters) expect(schema["type"]).toBeDefined();
    }
    const text = JSON.stringify(document);
    for (const match of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas).toHaveProperty(match[1] ?? "");
  });

  it.each(Object.keys(REQUESTS))("%s answers what the document says", async (operationId) => {
    const { path: pattern, method, body } = REQUESTS[operationId] ?? { path: "" };
    const [aside] = await listMail(desk.test.desk.database.reader, { disposition: "quarantined", limit: 1 });
    const path = pattern
      .replace("{quarantined}", String(aside?.id))
      .replace("{uncertain}", String(pattern.includes("{uncertain}") ? await doubtedRelease() : 0));
    const operation = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .find((one) => one.operationId === operationId);
    const response = await fetch(`${desk.url}/api/v1/${path}`, {
      method: method ?? "GET",
      headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status).toBe(200);
    const [type = "", content] = Object.entries(operation?.responses["200"]?.content ?? {})[0] ?? [];
    expect(response.headers.get("content-type")?.split(";")[0]).toBe(type);
    if (type !== "application/json" || content === undefined) return;
    const result = validatorOf(content.schema).safeParse(await response.json());
    expect(result.error?.issues ?? []).toEqual([]);
  });

  it("problems are what the document says", async () => {
    const schema = document.components.schemas["Problem"] ?? {};
    for (const path of ["tickets?limit=0", "tickets/9999", "nowhere"]) {
      const response = await fetch(`${desk.url}/api/v1/${path}`, {
        headers: { authorization: `Bearer ${admin}` },
      });
      expect(validatorOf(schema).safeParse(await response.json()).error?.issues ?? []).toEqual([]);
    }
  });

  it("the check itself can fail: an unknown field and a wrong type are seen", async () => {
    const response = await fetch(`${desk.url}/api/v1/tickets/1001`, {
      headers: { authorization: `Bearer ${admin}` },
    });
    const story = (await response.json()) as Json;
    const validator = validatorOf({ $ref: "#/components/schemas/TicketStory" });
    expect(validator.safeParse(story).success).toBe(true);
    expect(validator.safeParse({ ...story, tokenSha256: "x" }).success).toBe(false);
    expect(validator.safeParse({ ...story, createdAt: "yesterday" }).success).toBe(false);
  });
});
