import type { Express } from "express";
import { reasonOf } from "../errors.ts";
import { attentionOf, attentionWords } from "../steps/review/attention.ts";
import type { ReadinessCheck, Web } from "./context.ts";
import { createMetrics } from "./metrics.ts";

/** A look at the relay or the database must not hang for longer than a load balancer waits. */
const DEADLINE_MS = 8000;

/** `/healthz`, `/readyz`, `/metrics`: for programs that watch the desk. They need no token and tell no names. */
export function mountOperations(web: Web, app: Express): { close(): void } {
  app.get("/healthz", (_req, res) => void res.json({ status: "alive", version: web.version }));

  app.get("/readyz", async (_req, res) => {
    const checks = await readiness(web);
    const wrong = checks.filter((check) => !check.ok);
    res.setHeader("Cache-Control", "no-store");
    res.status(wrong.length === 0 ? 200 : 503).json({
      status: wrong.length === 0 ? "ready" : "not ready",
      wrong: wrong.map((check) => `${check.name}: ${check.detail}`),
      // Nothing that stops the desk; a person is to look.
      attention: await attention(web),
      checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail })),
    });
  });

  const registry = createMetrics(web);
  app.get("/metrics", async (_req, res) => {
    res.setHeader("Content-Type", registry.contentType);
    res.end(await registry.metrics());
  });
  return { close: () => registry.clear() };
}

async function readiness(web: Web): Promise<readonly ReadinessCheck[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly ReadinessCheck[]>((resolve) => {
    const detail = `no answer within ${DEADLINE_MS / 1000} s`;
    timer = setTimeout(() => resolve([{ name: "readiness", ok: false, detail }]), DEADLINE_MS);
  });
  try {
    return await Promise.race([web.readiness(), late]);
  } catch (error) {
    return [{ name: "readiness", ok: false, detail: reasonOf(error) }];
  } finally {
    clearTimeout(timer);
  }
}

async function attention(web: Web): Promise<readonly string[]> {
  try {
    return attentionWords(await attentionOf(web.desk));
  } catch {
    // The database is away, which the checks say.
    return [];
  }
}
