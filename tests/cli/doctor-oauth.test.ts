import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { CLIENT, startTokenServer, type TokenServer } from "../support/token-server.ts";
import { requires } from "../skips.ts";

describe.skipIf(!requires("dovecot"))("doctor, with OAuth 2.0", () => {
  let folder: string;
  let issuer: TokenServer;
  let dovecot: Dovecot;
  let relay: Relay;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-doctor-"));
    issuer = await startTokenServer();
    dovecot = await startDovecot({ oauth2: { introspectionUrl: issuer.introspectionUrl } });
    relay = await startRelay({ login: { user: "support", token: "token-1-of-the-issuer" } });
    const oauth2 = `oauth2: { token_url: "${issuer.tokenUrl}", client_id: ${CLIENT.clientId}, client_secret: "\${SECRET}", refresh_token: "\${REFRESH}" }`;
    await writeFile(
      join(folder, "countersign.yaml"),
      `desk: { address: support@desk.example, review_address: review@desk.example }
intake:
  - imap: { host: 127.0.0.1, port: ${dovecot.port}, secure: false, user: support, ${oauth2} }
relay: { host: 127.0.0.1, port: ${relay.port}, secure: false, user: support, ${oauth2} }
review: { identity: [token] }
`,
    );
  });
  afterAll(async () => {
    await dovecot.stop();
    await relay.close();
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function doctor(): Promise<string> {
    const child = spawn(process.execPath, [resolve("src/main.ts"), "doctor"], {
      cwd: folder,
      env: { ...process.env, SECRET: CLIENT.clientSecret, REFRESH: "refresh-as-configured" },
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    expect(said).not.toMatch(/token-\d|refresh-as|cl1ent/);
    return said;
  }

  it("logs in at the mailbox and the relay with one token, and says of an ended consent who must do what", async () => {
    const well = await doctor();
    expect(well).toMatch(/^ok +mailbox support +INBOX holds 0 messages/m);
    expect(well).toMatch(/^ok +relay +127\.0\.0\.1:\d+ answers and lets support in/m);
    expect(issuer.asked).toHaveLength(1);
    issuer.revokeConsent();
    const ill = await doctor();
    for (const name of ["mailbox support", "relay"])
      expect(ill).toMatch(
        new RegExp(
          `^wrong +${name} .*invalid_grant\\. The consent has expired or was revoked\\. Somebody signs in`,
          "m",
        ),
      );
  });
});
