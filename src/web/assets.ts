import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Express } from "express";

interface Assets {
  readonly version: string;
  mount(app: Express): void;
}

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** The few files that pages load, all from here: no page asks another host for anything. */
export async function loadAssets(): Promise<Assets> {
  const require = createRequire(import.meta.url);
  const files: readonly Asset[] = [
    { path: "/assets/console.css", type: "text/css; charset=utf-8", body: await own("console.css") },
    { path: "/assets/frames.js", type: "text/javascript; charset=utf-8", body: await own("frames.js") },
    { path: "/assets/icon.svg", type: "image/svg+xml", body: await own("icon.svg") },
    {
      path: "/assets/htmx.js",
      type: "text/javascript; charset=utf-8",
      body: await readFile(require.resolve("htmx.org/dist/htmx.min.js")),
    },
  ];
  const digest = createHash("sha256");
  for (const file of files) digest.update(file.body);
  return {
    version: digest.digest("hex").slice(0, 12),
    mount(app) {
      for (const file of files)
        app.get(file.path, (_req, res) => {
          // The address changes with the content.
          res.setHeader("Cache-Control", "public, max-age=31536000, immutable");
          res.setHeader("Content-Type", file.type);
          res.end(file.body);
        });
    },
  };
}

function own(name: string): Promise<Buffer> {
  return readFile(new URL(`assets/${name}`, import.meta.url));
}
