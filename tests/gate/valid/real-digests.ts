import type { ParsedMessage } from "../../../src/mail/message.ts";
import { mailMayRelease } from "../../../src/review/item-gate.ts";
import { digestByToken } from "../../../src/store/digests.ts";
import { draftsByIds } from "../../../src/store/drafts.ts";
import { reviewsByIds, reviewsToAsk } from "../../../src/store/reviews.ts";
import { tokenHashIn } from "../../../src/review/token.ts";
import { sendDigest } from "../../../src/steps/review/send-digest.ts";
import { read, write } from "../../support/mail-program.ts";
import { eventually, startTestDesk, type TestDesk } from "../../support/test-desk.ts";

/** Digests as the product renders and mails them, for people to answer. */

interface RealItem {
  readonly number: number;
  readonly highRisk: boolean;
  readonly draftText: string;
}

export interface RealDigest {
  readonly technician: { readonly name: string; readonly address: string };
  readonly mail: ParsedMessage;
  readonly items: readonly RealItem[];
}

const SUBJECTS = [
  "VPN drops every hour",
  "VPN client asks for an update",
  "VPN is slow since Monday",
  "The VPN icon is gone",
  "VPN error 809",
];

/** A client's mail that becomes a draft for Dana; the number keeps them apart. */
export function clientMail(number: number): Parameters<typeof write>[1] {
  const subject = SUBJECTS[number % SUBJECTS.length] ?? "VPN";
  return {
    // Contoso is a VIP: several of theirs together are urgent, and an urgent one is asked at once and alone.
    from: number === 0 ? "ana@contoso.example" : `li.${number}@fabrikam.example`,
    name: number === 0 ? "Ana Ruiz" : "Li Chen",
    subject: number < SUBJECTS.length ? subject : `${subject}, place ${number}`,
    text: `Hi,\n\nmy VPN disconnects every hour since this morning, at desk ${number}.\n\nRegards`,
  };
}

/** A desk that gathers and does not mail by itself. */
export function gatheringDesk(): Promise<TestDesk> {
  return startTestDesk({ digestEveryMs: 3_600_000 });
}

/** `count` clients write, and Dana is asked; one digest or, where they do not fit into one, several. */
export async function askDana(
  desk: TestDesk,
  count: number,
  from = 0,
): Promise<readonly { readonly bytes: Buffer; readonly digest: RealDigest }[]> {
  const before = desk.mailsFor("dana@msp.example").length;
  for (let number = from; number < from + count; number++) await write(desk.port, clientMail(number));
  const asked = await eventually(
    async () => ((await reviewsToAsk(desk.desk.database.reader, 1, 100)).length >= count ? true : undefined),
    20_000,
  );
  if (asked === undefined) throw new Error(`Dana has not ${count} reviews waiting`);
  await sendDigest(desk.desk, 1, null);
  // The desk may have asked about it by itself, and that mail may still be on its way.
  const mails = await eventually(() => {
    const come = desk.mailsFor("dana@msp.example").slice(before);
    return come.length === 0 ? undefined : come;
  }, 20_000);
  return Promise.all(
    (mails ?? []).map(async ({ bytes }) => ({ bytes, digest: await realDigest(desk, bytes) })),
  );
}

async function realDigest(desk: TestDesk, bytes: Buffer): Promise<RealDigest> {
  const mail = await read(bytes);
  const db = desk.desk.database.reader;
  const hash = tokenHashIn(
    mail.replyTo.map((mailbox) => mailbox.address),
    desk.desk.settings.reviewAddress,
  );
  const record = hash === null ? null : await digestByToken(db, hash);
  if (record === null) throw new Error("this mail is no digest of the desk");
  const drafts = await draftsByIds(
    db,
    record.items.flatMap((item) => (item.draftId === null ? [] : [item.draftId])),
  );
  const reviews = await reviewsByIds(
    db,
    record.items.flatMap((item) => (item.reviewId === null ? [] : [item.reviewId])),
  );
  const items = record.items.flatMap((item): RealItem[] => {
    const draft = drafts.get(item.draftId ?? 0);
    const risk = reviews.get(item.reviewId ?? 0)?.risk;
    if (draft === undefined || risk === undefined) return [];
    if (mailMayRelease(risk.codes, draft.template) !== "anything") throw new Error("not an everyday draft");
    return [{ number: item.number, highRisk: risk.highRisk, draftText: draft.content.body }];
  });
  return { technician: { name: "Dana Wu", address: "dana@msp.example" }, mail, items };
}
