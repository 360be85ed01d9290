import { createHash } from "node:crypto";
import type { MailAuth } from "../config.ts";
import type { Log } from "../steps/desk.ts";
import type { Db } from "../store/database.ts";
import type { Sealing } from "../store/sealing.ts";
import { readSetting, writeSetting } from "../store/settings.ts";
import {
  createTokenSource,
  type RefreshTokenStore,
  type TokenPatience,
  type TokenSource,
} from "../transport/access-token.ts";

type OAuth = Extract<MailAuth, { kind: "oauth2" }>;

/** The desk's tokens: one source for a mailbox and a relay that log in as the same app and user. */
export type Tokens = (auth: OAuth) => TokenSource;

interface Keeping {
  readonly db: Db;
  readonly reader: Db;
  readonly sealing: Sealing;
}

/** `keeping`: where replaced refresh tokens are kept; `null` keeps them in memory. */
export function createTokens(
  keeping: Keeping | null,
  log: Pick<Log, "error">,
  patience: TokenPatience = {},
): Tokens {
  const sources = new Map<string, TokenSource>();
  return (auth) => {
    const { user, oauth2 } = auth;
    const name = JSON.stringify([user, oauth2]);
    const known = sources.get(name);
    if (known !== undefined) return known;
    const made = createTokenSource(
      {
        ...oauth2,
        ...(oauth2.refreshToken === null || keeping === null
          ? {}
          : { kept: refreshTokenStore(keeping, auth, oauth2.refreshToken) }),
      },
      { onProblem: (sentence) => log.error({ user }, sentence), ...patience },
    );
    sources.set(name, made);
    return made;
  };
}

/** Beside the token stands a mark of the configured one it came from: after a new consent, the file counts again. */
function refreshTokenStore(
  { db, reader, sealing }: Keeping,
  { user, oauth2 }: OAuth,
  configured: string,
): RefreshTokenStore {
  const name = `refresh-token:${hash(JSON.stringify([oauth2.tokenUrl, oauth2.clientId, user]))}` as const;
  const from = hash(configured);
  return {
    async load() {
      const sealed = await readSetting(reader, name);
      if (sealed === null) return null;
      const kept = JSON.parse(sealing.open(Buffer.from(sealed, "base64")).toString()) as {
        readonly from: string;
        readonly refreshToken: string;
      };
      return kept.from === from ? kept.refreshToken : null;
    },
    keep: (refreshToken) =>
      writeSetting(
        db,
        name,
        sealing.seal(Buffer.from(JSON.stringify({ from, refreshToken }))).toString("base64"),
      ),
  };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
