import { spawn, type ChildProcess } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import { locate } from "../skips.ts";

/** Dovecot reads no mail as root. */
const NOBODY = 65_534;

export interface Dovecot {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: "support";
  readonly pass: "secret";
  /** A logged-in client to look around with; ended by `stop`. */
  client(): Promise<ImapFlow>;
  /** Puts a mail into a mailbox, as a delivery would. Resolves with its UID. */
  append(mailbox: string, raw: string | Buffer, internalDate?: Date): Promise<number>;
  /** A new UIDVALIDITY: removes the mailbox with all that is in it, and makes it anew. Not INBOX, which cannot be removed. */
  recreate(mailbox: string): Promise<void>;
  /** Stops answering, without closing anything (SIGSTOP): a half-open connection. */
  freeze(): void;
  thaw(): void;
  /** Ends the server and its connections at once (SIGKILL). `start` brings it back on the same port with the same mail. */
  kill(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

interface DovecotOptions {
  /** Takes XOAUTH2 and OAUTHBEARER too; each token is looked up there (RFC 7662). */
  readonly oauth2?: {
    readonly introspectionUrl: string;
    /** Which a token must have. */
    readonly scope?: string;
  };
  /** How many connections `support` may have at a time. Default 50. */
  readonly connections?: number;
}

/**
 * A Dovecot of our own: its config, its mail and its sockets in a temporary folder, on a free port, as its own process group.
 * For tests inside `describe.skipIf(!requires("dovecot"))`.
 */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const program = locate("dovecot");
  if (program === undefined)
    throw new Error('Dovecot is not installed: guard the test with requires("dovecot")');
  const home = await mkdtemp(join(tmpdir(), "dove-"));
  await chmod(home, 0o755);
  await Promise.all(["run", "state", "mail"].map((name) => mkdir(join(home, name))));
  if (userInfo().uid === 0) await chown(join(home, "mail"), NOBODY, NOBODY);
  const port = await freePort();
  const config = join(home, "dovecot.conf");
  await writeFile(config, configuration(home, port, options));
  if (options.oauth2 !== undefined)
    await writeFile(join(home, "oauth2.conf.ext"), oauth2Configuration(options.oauth2));
  let server: ChildProcess | null = null;
  const clients = new Set<ImapFlow>();

  const start = async (): Promise<void> => {
    const child = spawn(program, ["-F", "-c", config], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    server = child;
    for (let tries = 0; !(await answers(port)); tries++) {
      if (child.exitCode !== null || tries > 200) throw new Error(`Dovecot does not start: ${complaint}`);
      await pause(25);
    }
  };
  const signal = (name: NodeJS.Signals): void => {
    // The whole group: the master alone would leave client connections alive.
    if (server?.pid !== undefined && server.exitCode === null && server.signalCode === null)
      process.kill(-server.pid, name);
  };
  const kill = async (): Promise<void> => {
    const child = server;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    signal("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await gone;
    server = null;
    while (await answers(port)) await pause(10);
  };
  const client = async (): Promise<ImapFlow> => {
    const made = new ImapFlow({
      host: "127.0.0.1",
      port,
      secure: false,
      auth: { user: "support", pass: "secret" },
      logger: false,
      disableAutoIdle: true,
    });
    made.on("error", () => undefined);
    clients.add(made);
    await made.connect();
    return made;
  };
  const withClient = async <T>(work: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const one = await client();
    try {
      return await work(one);
    } finally {
      await one.logout().catch(() => undefined);
      one.close();
      clients.delete(one);
    }
  };

  // A test run that dies takes its server along.
  const endWithUs = (): void => signal("SIGKILL");
  process.once("exit", endWithUs);
  await start();
  return {
    host: "127.0.0.1",
    port,
    user: "support",
    pass: "secret",
    client,
    append: (mailbox, raw, internalDate) =>
      withClient(async (one) => {
        const bytes = typeof raw === "string" ? Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n")) : raw;
        const appended = await one.append(mailbox, bytes, [], internalDate);
        if (appended === false || appended.uid === undefined)
          throw new Error(`Dovecot did not take the mail for ${mailbox}`);
        return appended.uid;
      }),
    recreate: (mailbox) =>
      withClient(async (one) => {
        // Somebody who has it open may be writing its index just then: Dovecot refuses, and takes it a moment later.
        for (let tries = 1; ; tries++) {
          try {
            if ((await one.list()).some(({ path }) => path === mailbox)) await one.mailboxDelete(mailbox);
            await one.mailboxCreate(mailbox);
            return;
          } catch (error) {
            if (tries === 20) throw error;
            await pause(50);
          }
        }
      }),
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    kill,
    start,
    async restart() {
      await kill();
      await start();
    },
    async stop() {
      for (const each of clients) each.close();
      await kill();
      process.off("exit", endWithUs);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The token is asked about at each login, as at a provider; nothing is cached. */
function oauth2Configuration({ introspectionUrl, scope }: NonNullable<DovecotOptions["oauth2"]>): string {
  return `
introspection_url = ${introspectionUrl}
introspection_mode = post
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 5000
${scope === undefined ? "" : `scope = ${scope}`}
`;
}

function configuration(home: string, port: number, options: DovecotOptions): string {
  const { username, uid: ownUid, gid: ownGid } = userInfo();
  const isRoot = ownUid === 0;
  const uid = isRoot ? NOBODY : ownUid;
  const gid = isRoot ? NOBODY : ownGid;
  // As root Dovecot wants users of its own to drop to; as a user everything runs as that user, without chroot.
  const asUser = `
default_internal_user = ${username}
default_login_user = ${username}
default_internal_group = ${gid}
service anvil { chroot = }
service stats { chroot = }
service imap-login { chroot = }`;
  return `
base_dir = ${home}/run
state_dir = ${home}/state
log_path = ${home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login${options.oauth2 === undefined ? "" : " xoauth2 oauthbearer"}
auth_failure_delay = 0
first_valid_uid = 0
mail_location = maildir:${home}/mail/%u
mail_uid = ${uid}
mail_gid = ${gid}
${
  options.oauth2 === undefined
    ? ""
    : `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${home}/oauth2.conf.ext
}`
}
passdb {
  driver = static
  mechanisms = plain login
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${home}/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  # Failed logins are not slowed down.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
mail_max_userip_connections = ${options.connections ?? 50}
${isRoot ? "" : asUser}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("data", () => resolve(true));
  socket.once("error", () => resolve(false));
  socket.once("close", () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}
