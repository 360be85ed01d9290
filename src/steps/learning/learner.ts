import { setTimeout as pause } from "node:timers/promises";
import { reasonOf } from "../../errors.ts";
import { labelsIn, type LabelStretch } from "../../store/labels.ts";
import { headVersion, lineOf, modelVersions, type ModelVersion } from "../../store/models.ts";
import type { Desk } from "../desk.ts";
import { DraftCounts } from "./draft-counts.ts";
import { learnLabel, type Models } from "./learn-label.ts";
import type { Learner } from "./learner-shape.ts";
import { restoreModels, type Starter } from "./restore-models.ts";
import { snapshotModels } from "./snapshot-models.ts";

/** Labels read at once. */
const PORTION = 200;
/** Learning gives way to mail after so many milliseconds, for as many. */
const SLICE_MS = 4;
/** A restart learns at most about so many labels again. */
const SNAPSHOT_EVERY = 500;
/** The log has no end yet: the largest id that both databases take. */
const OPEN_END = 2_147_483_647;

type Learning = Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "log">;

/** Models with what they rest on. */
interface State {
  /** The version in use when it was last looked at; 0 for none. */
  head: number;
  headThrough: number;
  headLabels: number;
  /** Closed stretches that are still to be learned; after them all that comes after `through`. */
  todo: LabelStretch[];
  through: number;
  /** Labels learned in all. */
  labels: number;
}

/**
 * Learns from the log of labels. Each process does so for itself, in the order of the log, so that all come to the same
 * models; snapshots spare a restart the way from the beginning.
 */
export function createLearner(
  desk: Learning,
  starter: Starter,
  { snapshotEvery = SNAPSHOT_EVERY }: { readonly snapshotEvery?: number } = {},
): Learner {
  const db = desk.database.reader;
  const models: Models = new Map();
  const drafts = new DraftCounts();
  let state: State | null = null;
  let working: Promise<void> | null = null;
  let stopped = false;

  async function restore(line: readonly ModelVersion[]): Promise<void> {
    const restored = await restoreModels(db, line, starter, desk.log);
    models.clear();
    for (const [field, model] of restored.models) models.set(field, model);
    const [head] = line;
    state = {
      head: head?.version ?? 0,
      headThrough: head?.throughLabelId ?? 0,
      headLabels: head?.labels ?? 0,
      todo: [...restored.todo],
      through: head?.throughLabelId ?? 0,
      labels: restored.labels,
    };
  }

  /** Another version is in use: a snapshot of what is known here, or models that somebody went back to or learned anew. */
  async function adopt(was: State, version: number): Promise<void> {
    const line = lineOf(await modelVersions(db), version);
    const [head] = line;
    if (head === undefined) return;
    const known = line.findIndex((one) => one.version === was.head);
    const newer = known === -1 ? line : line.slice(0, known);
    const continues = (known !== -1 || was.head === 0) && newer.every((one) => one.kind === "snapshot");
    if (!continues) return restore(line);
    was.head = head.version;
    was.headThrough = head.throughLabelId;
    was.headLabels = head.labels;
  }

  const current = (): State | null => (stopped ? null : state);

  async function learnOn(): Promise<void> {
    let began = performance.now();
    // A roll-back puts another one in its place while this waits.
    for (let mine = current(); mine !== null; mine = current()) {
      const [closed] = mine.todo;
      const labels = await labelsIn(db, closed ?? { from: mine.through, through: OPEN_END }, PORTION);
      if (labels.length === 0 && closed === undefined) break;
      if (labels.length < PORTION && closed !== undefined && state === mine) mine.todo.shift();
      for (const label of labels) {
        if (state !== mine || stopped) break;
        try {
          learnLabel(models, label);
        } catch (error) {
          desk.log.error({ label: label.id }, `a label could not be learned: ${reasonOf(error)}`);
        }
        mine.labels += 1;
        if (closed === undefined) mine.through = label.id;
        else if (labels.length === PORTION) mine.todo[0] = { ...closed, from: label.id };
        if (performance.now() - began < SLICE_MS) continue;
        await pause(SLICE_MS);
        began = performance.now();
      }
      if (state === mine && mine.todo.length === 0 && mine.labels - mine.headLabels >= snapshotEvery)
        await keep(mine);
    }
  }

  async function keep(mine: State): Promise<void> {
    const version = await snapshotModels(desk, models, {
      parent: mine.head === 0 ? null : mine.head,
      fromLabelId: mine.headThrough,
      throughLabelId: mine.through,
      labels: mine.labels,
      base: starter.base,
    });
    // Another process was first: its version is adopted at the next look.
    mine.headLabels = mine.labels;
    if (version === null) return;
    mine.head = version;
    mine.headThrough = mine.through;
  }

  function work(): Promise<void> {
    working ??= learnOn()
      .catch((error: unknown) => {
        desk.log.warn({ error }, `learning was interrupted and goes on: ${reasonOf(error)}`);
      })
      .finally(() => (working = null));
    return working;
  }

  async function follow(): Promise<void> {
    if (state === null || stopped) return;
    const head = await headVersion(db);
    if (head !== state.head) await adopt(state, head);
    await drafts.follow(db);
    void work();
  }

  return {
    models,
    draftError: (template) => drafts.errorOf(template),
    draftsAreRewritten: () => drafts.anyRewritten(),
    async start() {
      const head = await headVersion(db);
      await restore(lineOf(await modelVersions(db), head));
      await drafts.follow(db);
      // Learning the starter set takes seconds: the next start finds it learned.
      if (state !== null && head === 0 && models.size > 0) await keep(state);
      void work();
    },
    follow,
    async settled() {
      await follow();
      await working;
      // What was written while the last portion was learned.
      await work();
    },
    async stop() {
      stopped = true;
      await working;
    },
  };
}
