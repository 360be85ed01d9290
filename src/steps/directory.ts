import { reasonOf } from "../errors.ts";
import { exampleReader } from "../assistant/local/example-of.ts";
import type { Languages } from "../assistant/local/languages.ts";
import { parseRules } from "../assistant/local/rules.ts";
import type { TemplateSet } from "../templates.ts";
import { createTemplates } from "../templates.ts";
import type { Db } from "../store/database.ts";
import { currentDocuments, currentPolicies } from "../store/documents.ts";
import { anyDevice } from "../store/devices.ts";
import { sealHead } from "../store/events.ts";
import { allQueues, allTechnicians, openLoads } from "../store/people.ts";
import { readSetting } from "../store/settings.ts";
import { allSlas } from "../store/slas.ts";
import type { Directory, DirectoryCache } from "./desk.ts";
import { peopleReader } from "./triage/known-people.ts";
import type { Learner } from "./learning/learner-shape.ts";

/** How old a copy may be. Another process's import is seen after this; this process's own at once. */
const MAX_AGE_MS = 1000;

/** The engine that the desk goes by, and the one beside it. */
export type Engines = Pick<Directory, "engine" | "shadow">;

interface DirectoryOptions {
  readonly db: Db;
  /** The defaults of templates/, by name. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly languages: Languages;
  /** The default rule table, as YAML. */
  readonly defaultRules: string;
  buildEngine(rules: string, templates: TemplateSet): Engines;
  /** Follows the log of decisions, as old as the rest of the directory. */
  readonly learner: Pick<Learner, "follow" | "draftError">;
  /** Something saved cannot be used; a sentence for the log. */
  onProblem(sentence: string): void;
  clock(): Date;
}

/** What admins and imports write, read at most once a second: it changes a few times a day and is needed for each message. */
export function createDirectory(options: DirectoryOptions): DirectoryCache {
  let loaded: Promise<Directory> | null = null;
  let loadedAt = 0;
  let engineKey = "";
  let engines: Engines | null = null;
  let templates: TemplateSet | null = null;
  let exampleOf: Directory["exampleOf"] | null = null;
  const people = peopleReader(options.db, () => options.clock());

  async function load(): Promise<Directory> {
    const { db } = options;
    const [
      technicians,
      queues,
      slas,
      policies,
      saved,
      rules,
      links,
      paused,
      frozen,
      loads,
      auditHead,
      hasDevices,
    ] = await Promise.all([
      allTechnicians(db),
      allQueues(db),
      allSlas(db),
      currentPolicies(db),
      currentDocuments(db, "template"),
      currentDocuments(db, "rules"),
      currentDocuments(db, "links"),
      readSetting(db, "paused"),
      readSetting(db, "frozen"),
      openLoads(db),
      sealHead(db),
      anyDevice(db),
      options.learner.follow(),
    ]);
    const known = await people.current(technicians);
    const rulesText = rules[0]?.body ?? options.defaultRules;
    // Templates and rules are compiled; that is done again only when one of them has a new version.
    const key = JSON.stringify([saved.map((one) => [one.name, one.version]), rules[0]?.version ?? 0]);
    if (engines === null || templates === null || exampleOf === null || key !== engineKey) {
      const sources = new Map(options.defaults);
      for (const one of saved) if (one.body !== null) sources.set(one.name, one.body);
      templates = createTemplates(sources);
      engines = buildEngine(rulesText, templates);
      exampleOf = readExamples(rulesText);
      engineKey = key;
    }
    return {
      technicians,
      queues,
      slas,
      people: known,
      defaultQueue: queues.find((queue) => queue.isDefault)?.name ?? queues[0]?.name ?? "Service Desk",
      policies,
      paused: paused === "1",
      frozen: frozen !== null,
      templates,
      languages: options.languages,
      ...engines,
      exampleOf,
      draftError: (template) => options.learner.draftError(template),
      allowedLinkHosts: links[0]?.body ? (JSON.parse(links[0].body) as string[]) : [],
      loads,
      auditHead,
      hasDevices,
    };
  }

  /** Rules that cannot be read must not silence the desk: it goes on with its own, and says so. */
  function buildEngine(rules: string, set: TemplateSet): Engines {
    try {
      return options.buildEngine(rules, set);
    } catch (error) {
      options.onProblem(
        `the saved rules of the assistant cannot be read, so the shipped ones are used: ${reasonOf(error)}`,
      );
      return options.buildEngine(options.defaultRules, set);
    }
  }

  function readExamples(rules: string): Directory["exampleOf"] {
    try {
      return exampleReader(parseRules(rules));
    } catch {
      // `buildEngine` has told of it.
      return exampleReader(parseRules(options.defaultRules));
    }
  }

  return {
    current() {
      const now = options.clock().getTime();
      if (loaded === null || now - loadedAt > MAX_AGE_MS || now < loadedAt) {
        loadedAt = now;
        loaded = load();
        // A failed read must not be kept.
        loaded.catch(() => (loaded = null));
      }
      return loaded;
    },
    invalidate(what) {
      loaded = null;
      if (what === "people") people.forget();
    },
  };
}
