import { z } from "zod";
import type { ApiRoute } from "./route.ts";
import { components, Problem } from "./schemas.ts";

type Json = Record<string, unknown>;

const PROBLEMS: Readonly<Record<number, string>> = {
  400: "The query or the body is not understood.",
  401: "No token, or one that is not valid.",
  403: "This token’s role may not do that.",
  404: "There is nothing at this path.",
  405: "The path does not take that method.",
  406: "The answer cannot be given in the form that was asked for.",
  409: "Somebody else was first.",
  422: "The content cannot be saved; `problems` says where and why.",
  429: "Too many requests; Retry-After says when to come back.",
  500: "Something failed here; the desk’s log says what.",
};
const EVERYWHERE = [401, 403, 406, 429, 500];

/** OpenAPI 3.1, written from the same table that answers the requests. */
export function openApiDocument(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "Countersign",
      version,
      description:
        "What a desk knows: its mail, tickets, reviews, releases and audit log. Times are ISO 8601 in UTC; ids are whole numbers that are never given twice; " +
        "fields may be added and are never renamed. Lists answer `{items, next}`: hand `next` back as `cursor`. Errors are problem details (RFC 9457).",
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "`countersign token create --name N --role viewer`",
        },
      },
      schemas: componentSchemas(),
    },
  };
}

function operation(route: ApiRoute): Json {
  const problems = [...EVERYWHERE, ...(hasInput(route) ? [400] : []), ...route.problems];
  return {
    operationId: route.name,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    "x-role": route.role,
    parameters: [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")],
    ...(route.body === null
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: inline(route.body) } } } }),
    responses: {
      200: { description: route.summary, content: contentOf(route.answer) },
      ...Object.fromEntries(
        [...new Set(problems)]
          .sort((left, right) => left - right)
          .map((status) => [
            status,
            {
              description: PROBLEMS[status] ?? "",
              content: { "application/problem+json": { schema: reference(Problem) } },
            },
          ]),
      ),
    },
  };
}

const hasInput = (route: ApiRoute): boolean =>
  route.body !== null || parametersOf(route.query, "query").length > 0;

function contentOf(answer: ApiRoute["answer"]): Json {
  if (answer === "message/rfc822") return { [answer]: { schema: { type: "string", format: "binary" } } };
  if (answer === "application/json") return { [answer]: { schema: { type: "object" } } };
  return { "application/json": { schema: reference(answer) } };
}

function reference(schema: z.ZodType): Json {
  const name = components.get(schema)?.id;
  if (name === undefined) throw new Error("every answer of the API has a name in schemas.ts");
  return { $ref: `#/components/schemas/${name}` };
}

function parametersOf(schema: z.ZodType, place: "path" | "query"): readonly Json[] {
  const { properties, required } = inline(schema) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || (required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function inline(schema: z.ZodType): Json {
  return tidy(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })) as Json;
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(components, {
    io: "output",
    uri: (name) => `#/components/schemas/${name}`,
  }) as { schemas: Json };
  return tidy(schemas) as Json;
}

/** Digits of a query are whole numbers; fields may be added, so no object is closed; `format` says what a time is. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  const { $schema: _schema, $id: _id, ...kept } = value as Json;
  if (kept["additionalProperties"] === false) delete kept["additionalProperties"];
  if (kept["format"] === "date-time") delete kept["pattern"];
  if (kept["pattern"] === "^\\d{1,15}$") {
    delete kept["pattern"];
    kept["type"] = "integer";
  }
  return Object.fromEntries(Object.entries(kept).map(([key, one]) => [key, tidy(one)]));
}
