import { createHash } from "node:crypto";
import { desk as deskActor } from "../../desk/event.ts";
import { reasonOf } from "../../errors.ts";
import { renderAdminAlert } from "../../review/notices.ts";
import { exchangeSetting, readSetting, settingsUnder } from "../../store/settings.ts";
import type { MailingDesk } from "../desk.ts";
import { queueInside, sendQueued } from "../review/inside-mail.ts";
import { transact, type Unit } from "../unit.ts";
import { clockTime } from "../words.ts";

/** One part of the desk that can be out of order, as somebody just saw it. */
export interface Observation {
  /** `mailbox support@mail.desk.example`, `relay` or `model`. */
  readonly part: string;
  readonly kind: "mailbox" | "relay" | "model";
  /** How long this part may be out of order before somebody is told, where that is not the settings' time. Milliseconds. */
  readonly afterMs?: number;
  /** `null`: it works. */
  readonly trouble: {
    /** What was seen, and what to do about it. */
    readonly detail: string;
    /** Only a person can mend it, so nothing is gained by waiting. */
    readonly urgent: boolean;
  } | null;
}

/** What the webhook is told, and `/readyz` shows. */
export interface AlarmNotice {
  readonly id: string;
  readonly event: "outage.began" | "outage.ended";
  readonly part: string;
  readonly since: string;
  /** `null` while it lasts. */
  readonly until: string | null;
  readonly detail: string;
}

export interface AlarmSettings {
  /** How long a part may be out of order before somebody is told. Milliseconds. */
  readonly afterMs: number;
  /** `null`: no webhook. Rejects when it could not be told; it is called again. */
  readonly call: ((notice: AlarmNotice) => Promise<void>) | null;
}

/** The state row of a part, from the first look that found it out of order. Times are ISO 8601. */
export interface Outage {
  readonly kind: Observation["kind"];
  readonly since: string;
  readonly detail: string;
  /** When somebody was told; `null`: it has not lasted yet. */
  readonly toldAt: string | null;
  /** It works again since then; over when that lasts. */
  readonly calmSince: string | null;
  readonly overAt: string | null;
  /** The webhook is still to be told, not before then. */
  readonly owed: { readonly tries: number; readonly notBefore: string } | null;
}

/** A told outage is over when the part has worked for this long, so that one that comes and goes is told once. */
const CALM_MS = 60_000;
const MOST_CALLS = 20;

/** What one look makes of an outage. `tell`: it has just lasted, or has just ended. Pure. */
export function advance(
  outage: Outage | null,
  seen: Pick<Observation, "kind" | "trouble">,
  now: Date,
  settings: { readonly afterMs: number; readonly webhook: boolean },
): { readonly outage: Outage | null; readonly tell: AlarmNotice["event"] | null } {
  const at = now.toISOString();
  const owed = settings.webhook ? { tries: 0, notBefore: at } : null;
  const { trouble } = seen;
  if (trouble === null) {
    if (outage === null || outage.overAt !== null) return { outage, tell: null };
    if (outage.toldAt === null) return { outage: null, tell: null };
    const calmSince = outage.calmSince ?? at;
    if (now.getTime() - Date.parse(calmSince) < Math.min(CALM_MS, settings.afterMs))
      return { outage: { ...outage, calmSince }, tell: null };
    return { outage: { ...outage, calmSince, overAt: at, owed }, tell: "outage.ended" };
  }
  const open: Outage =
    outage === null || outage.overAt !== null
      ? { ...NEW, kind: seen.kind, since: at, detail: trouble.detail }
      : { ...outage, calmSince: null };
  const lasted = now.getTime() - Date.parse(open.since) >= settings.afterMs;
  if (open.toldAt !== null || !(lasted || trouble.urgent)) return { outage: open, tell: null };
  return { outage: { ...open, detail: trouble.detail, toldAt: at, owed }, tell: "outage.began" };
}

const NEW = { toldAt: null, calmSince: null, overAt: null, owed: null } as const;

/**
 * Keeps one row a part, tells the admins by mail and the webhook once when an outage has lasted and once when it is over.
 * The row is in the database: a restart goes on counting, and another process of the desk tells nothing again.
 */
export async function raiseAlarms(
  desk: MailingDesk,
  seen: readonly Observation[],
  settings: AlarmSettings,
): Promise<void> {
  for (const one of seen) {
    await look(desk, one, settings);
    await callWebhook(desk, one.part, settings);
  }
}

/** Forget the outages of parts that the configuration no longer has. */
export async function forgetOutages(
  desk: Pick<MailingDesk, "database">,
  parts: ReadonlySet<string>,
): Promise<void> {
  const { db, reader } = desk.database;
  for (const [part, value] of await settingsUnder(reader, "outage:"))
    if (!parts.has(part)) await exchangeSetting(db, `outage:${part}`, value, null);
}

/** The outages that were told and last. */
export async function lastingOutages(
  desk: Pick<MailingDesk, "database">,
): Promise<readonly (Outage & { readonly part: string })[]> {
  const rows = await settingsUnder(desk.database.reader, "outage:");
  return [...rows]
    .map(([part, value]) => ({ part, ...(JSON.parse(value) as Outage) }))
    .filter((outage) => outage.toldAt !== null && outage.overAt === null);
}

async function look(desk: MailingDesk, seen: Observation, settings: AlarmSettings): Promise<void> {
  const name = `outage:${seen.part}` as const;
  const stored = await readSetting(desk.database.reader, name);
  const before = stored === null ? null : (JSON.parse(stored) as Outage);
  const { outage, tell } = advance(before, seen, desk.clock(), {
    afterMs: seen.afterMs ?? settings.afterMs,
    webhook: settings.call !== null,
  });
  // An ended outage stays until the webhook knows.
  const kept = outage !== null && outage.overAt !== null && outage.owed === null ? null : outage;
  const becomes = kept === null ? null : JSON.stringify(kept);
  if (becomes === stored && tell === null) return;
  if (outage === null || tell === null) {
    await exchangeSetting(desk.database.db, name, stored, becomes);
    return;
  }
  const outboxIds = await transact(desk, "alarm", async (unit) =>
    (await exchangeSetting(unit.db, name, stored, becomes))
      ? tellAdmins(desk, unit, seen.part, outage, tell)
      : null,
  );
  // Another process of this desk was first.
  if (outboxIds === null) return;
  desk.log[tell === "outage.began" ? "error" : "info"](
    { part: seen.part, since: outage.since },
    `${seen.part} ${WORDS[outage.kind][tell === "outage.began" ? "isOut" : "isBack"]}: ${outage.detail}`,
  );
  for (const id of outboxIds) await sendQueued(desk, id);
}

async function tellAdmins(
  desk: MailingDesk,
  unit: Unit,
  part: string,
  outage: Outage,
  tell: AlarmNotice["event"],
): Promise<readonly number[]> {
  const began = tell === "outage.began";
  const words = WORDS[outage.kind];
  const clock = (at: string): string => clockTime(new Date(at), unit.at, desk.settings.timeZone);
  const sentence = began
    ? `The ${part} ${words.isOut} since ${clock(outage.since)}: ${outage.detail}`
    : `The ${part} ${words.isBack} since ${clock(outage.calmSince ?? unit.now)}; it had been out since ${clock(outage.since)}.`;
  unit.record({
    stream: "desk",
    actor: deskActor("watch"),
    kind: tell,
    sentence,
    evidence: { part, since: outage.since },
  });
  // While the relay is away no mail leaves; afterwards it tells what nobody could hear.
  if (began && outage.kind === "relay") return [];
  const { technicians, templates } = await desk.directory.current();
  const mail = renderAdminAlert(templates, {
    deskName: desk.settings.name,
    title: `The ${part} ${began ? words.isOut : words.isBack}`,
    sentences: began
      ? [
          words.meanwhile,
          "What was seen, and what to do, stands below. countersign doctor looks at each part.",
        ]
      : [words.afterwards],
    facts: [
      { label: "Since", text: clock(outage.since) },
      ...(began ? [] : [{ label: "Until", text: clock(outage.calmSince ?? unit.now) }]),
    ],
    diagnostic: outage.detail,
  });
  const ids: number[] = [];
  for (const technician of technicians.filter((one) => one.active && one.role === "admin"))
    ids.push(
      await queueInside(desk, unit, {
        kind: "alert",
        technician,
        mail,
        ticketId: null,
        name: hash(`${part} ${outage.since} ${tell} ${technician.id}`),
      }),
    );
  return ids;
}

const WORDS = {
  mailbox: {
    isOut: "cannot be read",
    isBack: "is read again",
    meanwhile:
      "New mail waits in the mailbox, clients' and technicians' alike. The desk tries again by itself and takes everything in once it can.",
    afterwards: "What had come meanwhile is taken in.",
  },
  relay: {
    isOut: "cannot be used",
    isBack: "works again",
    meanwhile: "Released replies and reviews wait. The desk tries again by itself.",
    afterwards: "Replies and reviews that waited leave now, by themselves.",
  },
  model: {
    isOut: "gives no answers",
    isBack: "answers again",
    meanwhile: "The local assistant answers in its place: no mail waits for the model.",
    afterwards: "It is asked again for each mail.",
  },
} as const;

async function callWebhook(desk: MailingDesk, part: string, { call }: AlarmSettings): Promise<void> {
  const name = `outage:${part}` as const;
  const { db, reader } = desk.database;
  const stored = call === null ? null : await readSetting(reader, name);
  if (call === null || stored === null) return;
  const outage = JSON.parse(stored) as Outage;
  const { owed } = outage;
  if (owed === null || owed.notBefore > desk.clock().toISOString()) return;
  const event = outage.overAt === null ? "outage.began" : "outage.ended";
  const tries = owed.tries + 1;
  // Claimed before the call: two processes must not both make it.
  const waitMs = Math.min(30_000 * 2 ** owed.tries, 3_600_000);
  const notBefore = new Date(desk.clock().getTime() + waitMs).toISOString();
  const claimed = JSON.stringify({ ...outage, owed: { tries, notBefore } });
  if (!(await exchangeSetting(db, name, stored, claimed))) return;
  try {
    await call({
      id: hash(`${part} ${outage.since} ${event}`),
      event,
      part,
      since: outage.since,
      until: outage.overAt === null ? null : outage.calmSince,
      detail: outage.detail,
    });
  } catch (error) {
    desk.log.error({ part, event, tries, reason: reasonOf(error) }, "the webhook could not be told");
    if (tries < MOST_CALLS) return;
  }
  const told = outage.overAt === null ? JSON.stringify({ ...outage, owed: null }) : null;
  await exchangeSetting(db, name, claimed, told);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
