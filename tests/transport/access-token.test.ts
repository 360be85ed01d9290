import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import { clientCredentials, microsoftTokenUrl } from "../../src/transport/access-token.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An issuer that answers with these, one after the other, and keeps what it was asked. */
async function issuer(
  ...answers: readonly { readonly status: number; readonly body: unknown }[]
): Promise<{ readonly tokenUrl: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(body);
      response.writeHead(answer?.status ?? 500, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(answer?.body));
    });
  }).listen(0, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  return { tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked };
}

const credentials = {
  clientId: "desk",
  clientSecret: "s3cret&=",
  scope: "https://outlook.office365.com/.default",
};

describe("client credentials", () => {
  it("asks once, also for several at a time, and keeps the token until shortly before its end", async () => {
    const { tokenUrl, asked } = await issuer({ status: 200, body: { access_token: "t1", expires_in: 3600 } });
    const token = clientCredentials({ ...credentials, tokenUrl });
    expect(await Promise.all([token(), token()])).toEqual(["t1", "t1"]);
    expect(await token()).toBe("t1");
    expect(asked).toHaveLength(1);
    expect(Object.fromEntries(new URLSearchParams(asked[0]))).toEqual({
      grant_type: "client_credentials",
      client_id: "desk",
      client_secret: "s3cret&=",
      scope: credentials.scope,
    });
  });

  it("asks again when the token has a minute or less to live", async () => {
    const { tokenUrl } = await issuer(
      { status: 200, body: { access_token: "t1", expires_in: 59 } },
      { status: 200, body: { access_token: "t2", expires_in: 3600 } },
    );
    const token = clientCredentials({ ...credentials, tokenUrl });
    expect([await token(), await token(), await token()]).toEqual(["t1", "t2", "t2"]);
  });

  it.each([
    [401, { error: "invalid_client", error_description: "the secret s3cret is wrong" }, PermanentError],
    [200, { nothing: true }, PermanentError],
    [503, null, TemporaryError],
    [429, null, TemporaryError],
  ])("says what a %i means, without the secret, and asks again the next time", async (status, body, kind) => {
    const { tokenUrl, asked } = await issuer({ status, body });
    const token = clientCredentials({ ...credentials, tokenUrl });
    const error: unknown = await token().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).not.toContain("s3cret");
    await token().catch(() => undefined);
    expect(asked).toHaveLength(2);
  });

  it("knows where Microsoft gives tokens, and that nobody listening is temporary", async () => {
    expect(microsoftTokenUrl("contoso.example")).toBe(
      "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
    );
    await expect(
      clientCredentials({ ...credentials, tokenUrl: "http://127.0.0.1:1/token" })(),
    ).rejects.toThrow(TemporaryError);
  });
});
