import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import express, { type Express } from "express";
import { reasonOf, UsageError } from "../errors.ts";
import { loadTemplateFiles } from "../templates.ts";
import { apiRouter } from "./api/mount.ts";
import { loadAssets } from "./assets.ts";
import type { Web, WebOptions } from "./context.ts";
import { mountOperations } from "./operations.ts";
import { mountPages } from "./pages/mount.ts";
import { securityHeaders } from "./security-headers.ts";

export type { Capture, MailboxNote, ReadinessCheck, WebOptions } from "./context.ts";

export interface RunningWeb {
  readonly port: number;
  /** Take no new request, finish those under way. */
  close(): Promise<void>;
}

const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));
/** How long `close` waits for requests under way before it ends them. */
const DRAIN_MS = 5000;

/** The console, the API and the pages for monitors, on one port. */
export async function startWeb(options: WebOptions): Promise<RunningWeb> {
  const assets = await loadAssets();
  const background = new Set<Promise<void>>();
  const web: Web = {
    ...options,
    defaults: await loadTemplateFiles(TEMPLATES),
    formKey: createHmac("sha256", options.secret ?? options.desk.key)
      .update("countersign web forms v1")
      .digest(),
    secure: new URL(options.url).protocol === "https:",
    assetVersion: assets.version,
    inBackground(work) {
      const settled = work
        .catch((error: unknown) =>
          options.log.error({ error }, `work behind a page failed: ${reasonOf(error)}`),
        )
        .finally(() => background.delete(settled));
      background.add(settled);
    },
  };

  const app = createApp(web);
  const operations = mountOperations(web, app);
  assets.mount(app);
  app.use("/api/v1", apiRouter(web));
  mountPages(web, app);

  const server = createServer(app);
  // A client that sends slowly on purpose must not hold a connection (RFC 9110 §9.5 lets us close it).
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 5000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(options, error)));
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(timer);
      await Promise.all(background);
      operations.close();
    },
  };
}

function createApp(web: Web): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  // A reverse proxy on this machine may say whom it speaks for; nobody else is believed.
  app.set("trust proxy", "loopback");
  app.use(securityHeaders(web.secure));
  return app;
}

function cannotListen({ host, port }: WebOptions, error: Error): Error {
  const { code } = error as { code?: string };
  const why = code === "EADDRINUSE" ? "another program has that port" : error.message;
  return new UsageError(`the console cannot listen on ${host}:${port}: ${why}. Set web.host and web.port.`, {
    cause: error,
  });
}
