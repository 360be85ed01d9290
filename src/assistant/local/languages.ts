import type { z } from "zod";
import { describeProblem, problemsOf, readYaml } from "../../desk/problem.ts";
import * as s from "../../desk/schema.ts";
import type { Finding } from "../../desk/triage.ts";
import { UsageError } from "../../errors.ts";
import { detectLanguage, weighWords } from "./language.ts";
import type { Word } from "./words.ts";

/** What drafts in one language are put together from, beside its templates: templates/languages/fr.yaml as read. */
export interface Phrases {
  /** ISO 639-1. */
  readonly language: string;
  /** In English, for technicians. */
  readonly name: string;
  /** Stands behind the greeting where no name is known. */
  readonly greeting: string;
  /** Where a first name alone does not go with the formal address of the text: `Guten Tag Ana Ruiz`, `Sie`. */
  readonly wholeName: boolean;
  /** Opens a list of what a technician wants asked. */
  readonly ask: string;
  /** Stands before what `{title}` says, in a reply whose template shows no article; left out: a technician answers instead. */
  readonly guide?: string | undefined;
  /** Said of questions that a technician will answer; `{question}` and `{topic}` stand for what was asked. */
  readonly open: { readonly one: string; readonly about: string; readonly several: string };
  readonly topics: {
    readonly time: string;
    readonly price: string;
    readonly cause: string;
    readonly other: string;
  };
  /** What the client's own record answers, with `{device}` and the fact. */
  readonly record: {
    /** Which device it probably is about. */
    readonly about: string;
    readonly device: string;
    readonly warranty: string;
    readonly serial: string;
    readonly os: string;
  };
  /** Common short words to tell the language by; only for one that the desk does not tell yet. */
  readonly commonWords: string;
}

/** The languages that drafts can be in. */
export class Languages {
  readonly english: Phrases;
  readonly #phrases: ReadonlyMap<string, Phrases>;
  readonly #weights: ReturnType<typeof weighWords> | undefined;

  /** @throws UsageError where English is missing: it is what every other falls back to. */
  constructor(phrases: readonly Phrases[]) {
    const english = phrases.find((one) => one.language === "en");
    if (english === undefined) throw new UsageError("languages/: there is no en.yaml");
    this.english = english;
    this.#phrases = new Map(phrases.map((one) => [one.language, one]));
    const more = phrases.filter((one) => one.commonWords !== "");
    if (more.length > 0)
      this.#weights = weighWords(Object.fromEntries(more.map((one) => [one.language, one.commonWords])));
  }

  /** `null` for a language that has no file. */
  phrasesOf(language: string): Phrases | null {
    return this.#phrases.get(language) ?? null;
  }

  /** Languages that client templates by these names are in, and no file is: `client/vpn.pl` without `pl.yaml`. */
  lackingIn(templates: Iterable<string>): readonly string[] {
    const found = [...templates].map((name) => /^client\/.*\.([a-z]{2})$/.exec(name)?.[1] ?? "en");
    return [...new Set(found)].filter((language) => !this.#phrases.has(language));
  }

  /** English where nothing tells. */
  detect(words: readonly Word[]): Finding<string> {
    return detectLanguage(words, this.#weights);
  }
}

/**
 * Reads the files of templates/languages/, by name (`fr.yaml`).
 * @throws UsageError that names file, line, key and what is accepted; up to ten problems at once.
 */
export function parseLanguages(files: ReadonlyMap<string, string>): Languages {
  return new Languages([...files].map(([name, yaml]) => parseLanguage(name, yaml)));
}

function parseLanguage(name: string, yaml: string): Phrases {
  const file = readYaml(yaml, `languages/${name}`);
  const language = /^([a-z]{2})\.yaml$/.exec(name)?.[1];
  if (language === undefined)
    throw new UsageError(
      `languages/${name}: the name of the file is its language in two small letters, such as fr.yaml`,
    );
  const read = file.problems.length > 0 ? null : phrasesSchema.safeParse(file.value);
  const problems = read?.success === false ? problemsOf(file, read.error.issues) : file.problems;
  if (problems.length > 0 || read?.success !== true)
    throw new UsageError(problems.slice(0, 10).map(describeProblem).join("\n"));
  return { ...read.data, language, commonWords: read.data.commonWords ?? "" };
}

/** A sentence with each of these places once, and no other. */
const sentence = (...places: readonly string[]): z.ZodType<string> => {
  const wanted = places.map((place) => `{${place}}`);
  const accepts =
    places.length === 0 ? "a text on one line" : `a sentence that holds ${wanted.join(" and ")} once`;
  return s.leaf(accepts, (raw) => {
    if (typeof raw !== "string" || raw.trim() === "" || /\p{Cc}/u.test(raw)) return undefined;
    const found = [...raw.matchAll(/\{[^{}]*\}?/g)].map(([place]) => place);
    return found.length === wanted.length && wanted.every((place) => found.includes(place))
      ? raw.trim()
      : undefined;
  });
};

const phrasesSchema = s.section({
  name: s.text("the name of the language in English"),
  greeting: sentence(),
  wholeName: s.flag(),
  ask: sentence(),
  guide: sentence("title").optional(),
  open: s.section({ one: sentence("question"), about: sentence("topic"), several: sentence() }),
  topics: s.section({ time: sentence(), price: sentence(), cause: sentence(), other: sentence() }),
  record: s.section({
    about: sentence("device"),
    device: sentence("device"),
    warranty: sentence("device", "date"),
    serial: sentence("device", "serial"),
    os: sentence("device", "os"),
  }),
  commonWords: s.text("common short words with blanks between them").optional(),
});

/** A phrase with its places filled; what is filled in is not looked at again. */
export function filled(phrase: string, values: Readonly<Record<string, string>>): string {
  return phrase.replaceAll(/\{([a-z]+)\}/g, (place, name: string) => values[name] ?? place);
}

const NAMES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** `French (fr)`, for a reviewer. */
export function languageInWords(language: string): string {
  const name = /^[a-z]{2}$/.test(language) ? (NAMES.of(language) ?? language) : language;
  return name === language ? language : `${name} (${language})`;
}
