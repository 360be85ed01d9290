import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Response } from "express";
import { rawInfos } from "../store/page-queries.ts";
import { messageById } from "../store/messages.ts";
import { readRaw } from "../store/raw-messages.ts";
import { mayReadRaw } from "./api/shapes.ts";
import type { Web } from "./context.ts";
import { HttpProblem } from "./problem.ts";

/**
 * The bytes of a message as it came. Always a download and never a page: nothing in it runs here.
 * Bytes that hold a review token are for admins alone.
 */
export async function sendRawMail(web: Web, res: Response, id: number, role: string): Promise<void> {
  const db = web.desk.database.reader;
  const message = await messageById(db, id);
  const sha256 = message?.rawSha256 ?? null;
  const raw = sha256 === null ? undefined : (await rawInfos(db, [sha256])).get(sha256);
  if (sha256 === null || raw === undefined)
    throw new HttpProblem("not-found", `There are no bytes of a message ${id}.`);
  if (!mayReadRaw(raw, role))
    throw new HttpProblem("forbidden", "This mail holds a review token: only an admin may have its bytes.");
  res.status(200);
  res.setHeader("Content-Type", "message/rfc822");
  res.setHeader("Content-Disposition", `attachment; filename="message-${id}.eml"`);
  res.setHeader("Content-Length", String(raw.size));
  res.setHeader("Cache-Control", "no-store");
  if (res.req.method === "HEAD") return void res.end();
  await pipeline(Readable.from(readRaw(db, sha256, web.desk.sealing)), res);
}
