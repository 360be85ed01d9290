/**
 * A trial of a template with sample variables: what only shows when something is missing. A reply that greets nobody,
 * or that prints an object, is found before a client reads it.
 */
import { reasonOf } from "./errors.ts";
import {
  compileTemplate,
  createEnvironment,
  parseTemplate,
  type TemplateProblem,
} from "./templates-compile.ts";

/** What a template may print or ask for. `samples` are tried out, the usual one first, the empty ones after it. */
export type Variable = { readonly about: string } & (
  | { readonly kind: "text"; readonly samples: readonly [string, ...string[]] }
  | { readonly kind: "number"; readonly samples: readonly [number, ...number[]] }
  | { readonly kind: "boolean" }
  | { readonly kind: "list"; readonly of: Variable }
  | { readonly kind: "object"; readonly nullable: boolean; readonly fields: VariableSchema }
);
export interface VariableSchema {
  readonly [name: string]: Variable;
}

/** Longest source and longest result, in characters. A reply to a client is a page, not a book. */
export const MAX_TEMPLATE_LENGTH = 20_000;
const problem = (message: string): TemplateProblem => ({ line: 1, column: 1, message });

/** Renders with the usual samples, with each variable emptied on its own, and with everything emptied. */
export function tryOut(name: string, source: string, known: VariableSchema): readonly TemplateProblem[] {
  const render = compileTemplate(createEnvironment(), name, parseTemplate(name, source));
  const usual = sampleOf(known);
  const cases: { readonly without: string; readonly variables: object }[] = [
    { without: "", variables: usual },
  ];
  for (const [key, variable] of Object.entries(known)) {
    for (const value of valuesOf(variable).slice(1)) {
      cases.push({ without: key, variables: { ...usual, [key]: value } });
    }
  }
  const emptied = Object.entries(known).map(([key, variable]) => [key, valuesOf(variable).at(-1)]);
  cases.push({ without: "everything that may be missing", variables: Object.fromEntries(emptied) as object });
  const found = new Map<string, TemplateProblem>();
  for (const { without, variables } of cases) {
    for (const message of faults(render, variables)) {
      const when = without === "" ? "" : `, tried with another "${without}"`;
      if (!found.has(message)) found.set(message, problem(message + when));
    }
  }
  return [...found.values()];
}

function faults(render: (variables: object) => string, variables: object): readonly string[] {
  let text: string;
  try {
    text = render(variables);
  } catch (error) {
    return [reasonOf(error)];
  }
  const found: string[] = [];
  if (text.trim() === "") found.push("the result is empty");
  if (text.length > MAX_TEMPLATE_LENGTH)
    found.push(`the result is longer than ${MAX_TEMPLATE_LENGTH} characters`);
  for (const leftover of ["{{", "}}", "undefined", "[object Object]", "NaN"]) {
    if (text.includes(leftover)) found.push(`the result reads "${leftover}"`);
  }
  const greeting = text.split("\n").find((line) => isEmptyGreeting(line));
  if (greeting !== undefined) found.push(`the result greets nobody: "${greeting.trim()}"`);
  return found;
}

const GREETINGS = new Set([
  "hi",
  "hello",
  "hey",
  "dear",
  "hallo",
  "liebe",
  "lieber",
  "bonjour",
  "hola",
  "ciao",
  "beste",
]);

/** `Hi ,` or `Dear  ,`: a greeting word, nothing, and a comma or an end. `Hello,` alone is a greeting. */
function isEmptyGreeting(line: string): boolean {
  const trimmed = line.replaceAll(/<[^<>]*>/g, "").trim();
  const space = trimmed.search(/\s/);
  if (space < 0 || !GREETINGS.has(trimmed.slice(0, space).toLowerCase())) return false;
  return /^[,.:;!]/.test(trimmed.slice(space).trimStart());
}

/** One value of each variable, as a reviewer would see it. For previews beside an editor. */
export function sampleOf(known: VariableSchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(known).map(([key, variable]) => [key, valuesOf(variable)[0]]));
}

/** The usual value first, the emptiest last. */
function valuesOf(variable: Variable): readonly [unknown, ...unknown[]] {
  switch (variable.kind) {
    case "text":
    case "number":
      return variable.samples;
    case "boolean":
      return [true, false];
    case "list":
      return [valuesOf(variable.of).slice(0, 2), [valuesOf(variable.of)[0]], []];
    case "object": {
      const whole = sampleOf(variable.fields);
      const bare = Object.entries(variable.fields).map(([key, field]) => [key, valuesOf(field).at(-1)]);
      return [whole, Object.fromEntries(bare), ...(variable.nullable ? [null] : [])];
    }
  }
}
