import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWebDesk, tellStory, type WebDesk } from "../support/web-desk.ts";

interface List {
  items: Record<string, unknown>[];
  next: string | null;
}

let desk: WebDesk;
let viewer: string;
let admin: string;
beforeAll(async () => {
  desk = await startWebDesk({ yaml: "policies: [{ action: categorise, rung: conditional, maxError: 0.3 }]" });
  await tellStory(desk);
  viewer = await desk.token("viewer");
  admin = await desk.token("admin", "deploy");
});
afterAll(() => desk?.close());

function call(path: string, token: string | null = viewer, init: RequestInit = {}): Promise<Response> {
  return fetch(`${desk.url}/api/v1/${path}`, {
    ...init,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string>),
    },
  });
}

async function list(path: string, token = viewer): Promise<List> {
  const response = await call(path, token);
  expect(response.status).toBe(200);
  return (await response.json()) as List;
}

function put(path: string, body: unknown, token = admin): Promise<Response> {
  return call(path, token, {
    method: "PUT",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
}

async function expectProblem(response: Response, status: number): Promise<Record<string, unknown>> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    status,
    type: expect.stringMatching(/^\/problems\//),
    title: expect.any(String),
    detail: expect.any(String),
  });
  return body;
}

describe("tokens and roles", () => {
  it.each([null, "cs_wrongwrongwrong", "", "cs_' OR 1=1 --"])("refuses the token %j", async (token) => {
    const response = await call("tickets", token);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    await expectProblem(response, 401);
  });

  it("does not take a token from the address, and no session cookie", async () => {
    await expectProblem(await call(`tickets?token=${viewer}`, null), 401);
    const browser = await desk.signedIn("alex@msp.example");
    expect((await browser.get("/api/v1/tickets")).status).toBe(401);
  });

  it("a revoked token opens nothing", async () => {
    const token = await desk.token("viewer", "leaver");
    expect((await call("tickets", token)).status).toBe(200);
    await desk.test.desk.database
      .db("api_tokens")
      .where({ name: "leaver" })
      .update({ revoked_at: "2026-01-01T00:00:00.000Z" });
    await expectProblem(await call("tickets", token), 401);
  });

  it.each(["viewer", "technician"] as const)("a %s reads and does not write", async (role) => {
    const token = await desk.token(role);
    expect((await call("policies", token)).status).toBe(200);
    await expectProblem(await put("policies", { rules: [] }, token), 403);
    await expectProblem(await put("templates/client/vpn", { source: null }, token), 403);
  });
});

describe("problems", () => {
  it("names an unknown path, a wrong method, a form it has not", async () => {
    await expectProblem(await call("nothing-here"), 404);
    const response = await call("tickets", viewer, { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    await expectProblem(response, 405);
    await expectProblem(await call("tickets", viewer, { headers: { accept: "text/csv" } }), 406);
    await expectProblem(await call("tickets/999999"), 404);
    await expectProblem(await call("tickets/one"), 404);
    await expectProblem(await call("templates/client/none"), 404);
    await expectProblem(await call("templates/web/layout"), 404);
    await expectProblem(await call("messages/99999/raw"), 404);
  });

  it.each([
    ["tickets?limit=0", "limit"],
    ["tickets?limit=201", "limit"],
    ["tickets?limit=ten", "limit"],
    ["tickets?cursor=abc", "cursor"],
    ["tickets?status=lost", "status"],
    ["tickets?stauts=open", "stauts"],
    ["mail?disposition=eaten", "disposition"],
    ["reviews?state=maybe", "state"],
    ["releases?state=gone", "state"],
    ["events?after=-1", "after"],
    ["articles?q=", "q"],
    ["tickets?status=open&status=new", "status"],
  ])("GET %s: 400 that names %s", async (path, name) => {
    const body = await expectProblem(await call(path), 400);
    expect(body["problems"]).toMatchObject([{ path: name }]);
  });

  it("does not take one list's cursor for another's", async () => {
    const { next } = await list("tickets?limit=1");
    await expectProblem(await call(`mail?cursor=${next}`), 400);
  });

  it("a body that is no JSON, or too large, is refused and nothing is saved", async () => {
    const json = { "content-type": "application/json" };
    await expectProblem(await call("policies", admin, { method: "PUT", body: "{", headers: json }), 400);
    await expectProblem(
      await call("policies", admin, { method: "PUT", body: `"${"x".repeat(300_000)}"`, headers: json }),
      413,
    );
    await expectProblem(await call("policies", admin, { method: "PUT", body: "rules: []" }), 415);
    await expectProblem(await put("policies", { rules: [], more: 1 }), 400);
  });
});

describe("lists", () => {
  it.each(["tickets", "mail", "events", "articles", "templates", "reviews", "releases"])(
    "GET %s pages through everything once",
    async (path) => {
      const pagedBy = async (limit: number): Promise<readonly unknown[]> => {
        const seen: unknown[] = [];
        let cursor: string | null = "";
        while (cursor !== null) {
          const page: List = await list(`${path}?limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          cursor = page.next;
        }
        return seen;
      };
      const [all, seen] = [await pagedBy(200), await pagedBy(2)];
      expect(seen).toEqual(all);
      expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThan(0);
    },
  );

  it("tickets by status, queue, client and words", async () => {
    const { items } = await list("tickets");
    expect(items.map((item) => item["number"])).toEqual([1003, 1002, 1001]);
    expect(items[2]).toMatchObject({
      status: "pending",
      waitsFor: "waits for the client",
      client: { name: "Contoso", vip: true },
      requester: { name: "Ana Ruiz", address: "ana@contoso.example" },
    });
    expect(items[1]).toMatchObject({
      waitsFor: expect.stringMatching(/^waits for \w+’s word since \d\d:\d\d$/),
    });
    const numbers = async (query: string): Promise<unknown[]> =>
      (await list(`tickets?${query}`)).items.map((item) => item["number"]);
    expect(await numbers("status=pending")).toEqual([1001]);
    expect(await numbers("client=contoso")).toEqual([1001]);
    expect(await numbers("client=Nobody")).toEqual([]);
    expect(await numbers("q=VPN%20hour")).toEqual([1001]);
    expect(await numbers("q=VPN%20starter")).toEqual([]);
    expect(await numbers(`q=${encodeURIComponent('" OR *')}`)).not.toContain(undefined);
  });

  it("mail has every message with its disposition and a sentence", async () => {
    const { items } = await list("mail");
    expect(items).toHaveLength(5);
    expect(items.map((item) => item["disposition"])).toEqual(
      expect.arrayContaining(["automatic", "new-ticket", "review-reply"]),
    );
    for (const item of items) expect(String(item["dispositionReason"])).toMatch(/\w.*\.$/);
    expect((await list("mail?disposition=automatic")).items).toHaveLength(1);
  });

  it("events follow after an id", async () => {
    const { items } = await list("events?limit=3");
    const last = items.at(-1)?.["id"] as number;
    const more = await list(`events?after=${last}&limit=1`);
    expect(more.items[0]?.["id"]).toBe(last + 1);
  });

  it("releases and reviews by state", async () => {
    expect((await list("releases?state=accepted")).items).toMatchObject([
      { ticketNumber: 1001, authorisation: { kind: "decision", policyRule: null } },
    ]);
    expect((await list("releases?state=held")).items).toEqual([]);
    expect((await list("reviews?state=decided")).items).toMatchObject([{ ticketNumber: 1001 }]);
  });

  it("articles answer a query, best first", async () => {
    const { items } = await list("articles?q=vpn%20hour");
    expect(items[0]).toMatchObject({ title: "VPN client 7.2 drops every hour", source: "vpn-7-2.md" });
    expect(items[0]?.["score"]).toBeGreaterThan(0);
  });
});

describe("a ticket", () => {
  it("tells the whole story", async () => {
    const story = (await (await call("tickets/1001")).json()) as Record<string, Record<string, unknown>[]>;
    expect(story).toMatchObject({
      number: 1001,
      subject: "VPN drops every hour",
      triage: { engine: "local" },
    });
    expect(story["messages"]?.map((message) => message["direction"])).toEqual(["in", "out"]);
    expect(story["drafts"]?.at(-1)).toMatchObject({ state: "sent", kind: "reply" });
    expect(story["reviews"]).toMatchObject([{ state: "decided", technician: { email: "dana@msp.example" } }]);
    expect(story["decisions"]).toMatchObject([
      { verb: "approve", channel: "mail", proof: { kind: "token" }, technician: { name: "Dana Wu" } },
    ]);
    expect(story["releases"]).toMatchObject([{ state: "accepted", to: ["ana@contoso.example"] }]);
    expect(story["deliveries"]).toMatchObject([{ attempt: 1, outcome: "accepted" }]);
    expect(story["events"]?.map((event) => event["kind"])).toEqual(
      expect.arrayContaining(["message.received", "ticket.opened", "draft.approved", "release.accepted"]),
    );
  });

  it("no answer holds a token, a hash of one, or what was sealed", async () => {
    const digest = (await desk.test.mailFor("dana@msp.example", 1)).bytes.toString("latin1");
    const token = /a1\.([a-z2-7]{32})/.exec(digest.replaceAll("=\r\n", ""))?.[1] ?? "";
    expect(token).toHaveLength(32);
    const rows = (await desk.test.desk.database.reader("digests").select("token_sha256")) as {
      token_sha256: string;
    }[];
    const secrets = [token, ...rows.map((row) => row.token_sha256), viewer, admin];
    for (const path of [
      "tickets",
      "tickets/1001",
      "mail",
      "reviews",
      "releases",
      "events?limit=200",
      "policies",
    ]) {
      const text = await (await call(path, admin)).text();
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });
});

describe("raw messages", () => {
  it("come as a download that nothing runs in", async () => {
    const story = (await (await call("tickets/1003")).json()) as { messages: { raw: string }[] };
    const raw = story.messages[0]?.raw ?? "";
    const response = await call(raw.replace("/api/v1/", ""));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("message/rfc822");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="message-\d+\.eml"$/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const bytes = await response.text();
    expect(bytes).toContain("<script>window.pwned=1</script>");
    expect(Number(response.headers.get("content-length"))).toBe(Buffer.byteLength(bytes));
  });

  it("a review reply's bytes are for admins alone", async () => {
    const { items } = await list("mail?disposition=review-reply");
    expect(items[0]?.["raw"]).toBeNull();
    const id = String(items[0]?.["id"]);
    await expectProblem(await call(`messages/${id}/raw`), 403);
    await expectProblem(await call(`messages/${id}/raw`, await desk.token("technician")), 403);
    const response = await call(`messages/${id}/raw`, admin);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("approve");
  });
});

describe("templates", () => {
  const source =
    "{{!-- title: VPN / language: en / for: vpn --}}\nHi {{greetingName}},\n\nwe look at it.\n\n{{technicianName}}\n";

  it("shows text, variables and versions; the slash may be encoded", async () => {
    const response = await call("templates/client%2Fvpn");
    const body = (await response.json()) as { variables: { name: string }[]; source: string };
    expect(body).toMatchObject({
      name: "client/vpn",
      editable: true,
      edited: false,
      version: 0,
      versions: [],
    });
    expect(body.variables.map((variable) => variable.name)).toContain("article.title");
    expect(body.source).toContain("greetingName");
  });

  it("saves a version in the token's name, goes back, and refuses a lost update", async () => {
    const saved = (await (await put("templates/client/website", { source, basedOn: 0 })).json()) as object;
    expect(saved).toMatchObject({ version: 1, edited: true, author: "token deploy", source });
    await expectProblem(await put("templates/client/website", { source: `${source}x`, basedOn: 0 }), 409);
    const back = (await (await put("templates/client/website", { source: null, basedOn: 1 })).json()) as {
      source: string;
      defaultSource: string;
    };
    expect(back).toMatchObject({ version: 2, edited: false });
    expect(back.source).toBe(back.defaultSource);
    const { templates } = await desk.test.desk.directory.current();
    expect(templates.source("client/website")).toBe(back.defaultSource);
  });

  it.each([
    ["an unknown variable", "Hi {{greetngName}},\n\nx", { line: 1, column: 6, variable: "greetngName" }],
    ["a greeting that can be empty", "Hi {{clientName}},\n\nx", { line: 1 }],
    ["a raw placeholder", "Hi {{{greetingName}}},\n\nx", { line: 1 }],
    ["a way to a prototype", "Hi {{greetingName}} {{constructor.name}}", { line: 1 }],
    ["a partial", "Hi {{greetingName}}\n{{> review/digest.txt}}", { line: 2 }],
    ["nothing", "", { line: 1 }],
    ["a block that does not end", "Hi {{greetingName}}\n{{#if article}}", {}],
  ])("refuses %s", async (_what, text, fault) => {
    const body = await expectProblem(await put("templates/client/vpn", { source: text }), 422);
    expect(body["problems"]).toMatchObject([{ path: "source", ...fault }]);
    expect(((await (await call("templates/client/vpn")).json()) as { version: number }).version).toBe(0);
  });

  it("does not touch the desk's own mails", async () => {
    await expectProblem(await put("templates/review/digest.txt", { source: "x" }), 403);
  });
});

describe("policies", () => {
  it("are replaced whole, as a version in the token's name", async () => {
    const before = (await (await call("policies")).json()) as { version: number; rules: unknown[] };
    expect(before).toMatchObject({
      version: 1,
      author: "alex@msp.example",
      rules: [{ action: "categorise" }],
    });
    const rules = [...before.rules, { scope: { client: "Contoso" }, action: "route", rung: "review" }];
    const after = (await (await put("policies", { rules })).json()) as object;
    expect(after).toMatchObject({
      version: 2,
      author: "token deploy",
      rules: [{}, { scope: { client: "Contoso" } }],
    });
    expect((await desk.test.desk.directory.current()).policies.version).toBe(2);
    // What was read can be written back as it is.
    expect((await put("policies", { rules: (after as { rules: unknown }).rules })).status).toBe(200);
  });

  it.each([
    [{ action: "categorise", rung: "always" }, "rules[0].rung"],
    [{ action: "fly", rung: "review" }, "rules[0].action"],
    [{ action: "route", rung: "conditional", maxError: 5 }, "rules[0].maxError"],
    [{ scope: { client: "Nobody" }, action: "route", rung: "review" }, "rules[0]"],
  ])("refuses %j, naming %s", async (rule, path) => {
    const body = await expectProblem(await put("policies", { rules: [rule] }), 422);
    expect(body["problems"]).toMatchObject([{ path }]);
  });
});
