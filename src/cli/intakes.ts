import { domainOf, sameAddress } from "../mail/address.ts";
import type { ImapConfig, SmtpIntakeConfig } from "../config.ts";
import { withoutSubAddress } from "../desk/address-domain.ts";
import type { Desk } from "../steps/desk.ts";
import { createReceiver } from "../steps/filing/receive.ts";
import { recordUnreadable } from "../steps/filing/unreadable.ts";
import { advanceCursor, firstContact, readCursor } from "../store/cursors.ts";
import type { ImapHooks, ImapIntake, ImapIntakeOptions, ImapState } from "../transport/imap-intake.ts";
import type { TokenSource } from "../transport/access-token.ts";
import type { OnMail } from "../transport/intake.ts";
import { startSmtpIntake, type SmtpIntake } from "../transport/smtp-intake.ts";
import { credentials, mailboxAccount, type OpenDesk } from "./open-desk.ts";

export interface MailboxState {
  readonly account: string;
  readonly state: ImapState;
  readonly detail: string;
  /** What only a person can put right, at once: the issuer gives no token any more, whether or not the connection still stands. */
  readonly refused: string | null;
}

export interface RunningIntakes {
  /** Ports that were really taken, in the order of the configuration. */
  readonly smtpPorts: readonly number[];
  /** One a mailbox: whether it can be read now. */
  readonly mailboxes: () => readonly MailboxState[];
  close(): Promise<void>;
}

/** IMAP has no SIZE to announce; larger ones are passed over and shown. */
const IMAP_MAX_SIZE = 100 * 1024 * 1024;

/** How patient a mailbox connection is; the defaults are for servers far away. */
export type ImapPatience = Pick<
  ImapIntakeOptions,
  "backoff" | "pollEvery" | "answerWithin" | "connectWithin" | "silentFor"
>;

/** Start every intake of the configuration; all of them end in the same `receive`. */
export async function startIntakes(
  { desk, config, tokens }: OpenDesk,
  patience: ImapPatience = {},
): Promise<RunningIntakes> {
  const receive = createReceiver(desk);
  const smtp: SmtpIntake[] = [];
  const imap: {
    readonly account: string;
    readonly intake: ImapIntake;
    readonly tokens: TokenSource | null;
  }[] = [];
  for (const intake of config.intake) {
    if (intake.kind === "smtp") smtp.push(await startSmtp(desk, intake, receive));
    else {
      const account = mailboxAccount(intake);
      imap.push({
        account,
        intake: await startImap(desk, intake, credentials(intake.auth, tokens), receive, patience),
        tokens: intake.auth.kind === "oauth2" ? tokens(intake.auth) : null,
      });
    }
  }
  return {
    smtpPorts: smtp.map((one) => one.port),
    mailboxes: () =>
      imap.map(({ account, intake, tokens: source }) => {
        const trouble = source?.trouble() ?? null;
        return {
          account,
          ...intake.state(),
          refused: trouble?.permanent === true ? trouble.sentence : null,
        };
      }),
    async close() {
      await Promise.all([...smtp, ...imap.map((one) => one.intake)].map((intake) => intake.close()));
    },
  };
}

function startSmtp(desk: Desk, intake: SmtpIntakeConfig, receive: OnMail): Promise<SmtpIntake> {
  const { address, reviewAddress } = desk.settings;
  return startSmtpIntake(
    {
      host: intake.host,
      port: intake.port,
      maxSize: intake.maxSizeBytes,
      spoolDir: desk.spoolDir,
      accepts: (recipient) =>
        [address, reviewAddress].some((own) => sameAddress(own, withoutSubAddress(recipient))),
      name: domainOf(address),
      log: desk.log,
    },
    receive,
  );
}

async function startImap(
  desk: Desk,
  intake: ImapConfig,
  auth: ReturnType<typeof credentials>,
  receive: OnMail,
  patience: ImapPatience,
): Promise<ImapIntake> {
  const { folder } = intake;
  const account = mailboxAccount(intake);
  const { db, reader } = desk.database;
  const hooks: ImapHooks = {
    async startedOn() {
      const at = await firstContact(reader, account, folder);
      return at === null ? null : new Date(at);
    },
    loadCursor: (uidValidity) => readCursor(db, account, folder, uidValidity),
    startAt: (uidValidity, uidNext, rescanBelow) =>
      advanceCursor(
        db,
        {
          account,
          folder,
          uidValidity,
          lastUid: uidNext - 1,
          ...(rescanBelow === undefined ? {} : { rescanBelow }),
        },
        desk.clock().toISOString(),
      ),
    onMail: receive,
    onBad: (source, reason) => recordUnreadable(desk, source, reason),
    onState: (state, detail) =>
      desk.log[state === "failed" ? "error" : "info"](
        { account, state },
        detail === "" ? `mailbox ${state}` : `mailbox ${state}: ${detail}`,
      ),
  };
  const { startImapIntake } = await import("../transport/imap-intake.ts");
  return startImapIntake(
    {
      account,
      host: intake.host,
      port: intake.port,
      secure: intake.secure,
      user: auth.user,
      ...("pass" in auth ? { pass: auth.pass } : { accessToken: auth.oauth2 }),
      folder,
      ...(intake.archive === null ? {} : { archive: intake.archive }),
      ...(intake.since === null ? {} : { since: new Date(intake.since) }),
      maxSize: IMAP_MAX_SIZE,
      spoolDir: desk.spoolDir,
      log: desk.log,
      ...patience,
    },
    hooks,
  );
}
