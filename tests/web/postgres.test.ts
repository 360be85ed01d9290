import { describe, expect, it } from "vitest";
import { requires } from "../skips.ts";
import { freshDatabase } from "../support/postgres.ts";
import { startWebDesk, tellStory } from "../support/web-desk.ts";

describe.skipIf(!requires("postgres"))("on PostgreSQL", () => {
  it("pages, API and metrics answer as on SQLite", async () => {
    const desk = await startWebDesk({ databaseUrl: await freshDatabase() });
    try {
      await tellStory(desk);
      const browser = await desk.signedIn("alex@msp.example");
      for (const path of [
        "/",
        "/?q=vpn",
        "/tickets/1001",
        "/mail",
        "/templates",
        "/templates/client/vpn?ticket=1001",
      ])
        expect((await browser.get(path)).status, path).toBe(200);
      expect((await browser.get("/")).text).toContain("waits for the client");
      const authorization = `Bearer ${await desk.token("admin")}`;
      for (const path of [
        "tickets?q=vpn",
        "tickets/1001",
        "mail",
        "reviews",
        "releases",
        "events?after=3",
        "articles?q=vpn",
      ]) {
        const response = await fetch(`${desk.url}/api/v1/${path}`, { headers: { authorization } });
        expect(response.status, path).toBe(200);
        const body = (await response.json()) as { items?: unknown[] };
        if (body.items !== undefined) expect(body.items.length, path).toBeGreaterThan(0);
      }
      for (const list of ["tickets", "mail", "reviews", "releases", "articles"]) {
        const forged = Buffer.from(`${list}:99999999999`).toString("base64url");
        const response = await fetch(`${desk.url}/api/v1/${list}?cursor=${forged}`, {
          headers: { authorization },
        });
        expect(response.status, `a cursor of ${list} that the desk never gave`).toBe(400);
      }
      const metrics = await (await fetch(`${desk.url}/metrics`)).text();
      expect(metrics).toContain('countersign_mail{disposition="new-ticket"} 3');
    } finally {
      await desk.close();
    }
  });
});
