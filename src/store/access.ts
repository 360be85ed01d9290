import { createHash, randomBytes } from "node:crypto";
import type { Technician } from "../desk/ticket.ts";
import type { Db } from "./database.ts";

export type ApiRole = "viewer" | "technician" | "admin";

/** Only hashes are stored: a copied database opens no door. */
const secretHash = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const newSecret = (): string => randomBytes(24).toString("base64url");

/** The token in clear is answered once and kept nowhere. */
export async function createApiToken(db: Db, name: string, role: ApiRole, now: string): Promise<string> {
  const token = `cs_${newSecret()}`;
  await db("api_tokens").insert({ name, role, token_sha256: secretHash(token), created_at: now });
  return token;
}

export async function apiTokenRole(
  db: Db,
  token: string,
): Promise<{ readonly name: string; readonly role: ApiRole } | null> {
  const row = (await db("api_tokens")
    .where({ token_sha256: secretHash(token) })
    .whereNull("revoked_at")
    .first("name", "role")) as { name: string; role: ApiRole } | undefined;
  return row ?? null;
}

export async function createLoginLink(db: Db, technicianId: number, expiresAt: string): Promise<string> {
  const secret = newSecret();
  await db("login_links").insert({
    token_sha256: secretHash(secret),
    technician_id: technicianId,
    expires_at: expiresAt,
  });
  return secret;
}

/** Single use: of two that click at once, one gets in. */
export async function useLoginLink(db: Db, secret: string, now: string): Promise<number | null> {
  const [row] = (await db("login_links")
    .where({ token_sha256: secretHash(secret) })
    .whereNull("used_at")
    .where("expires_at", ">", now)
    .update({ used_at: now })
    .returning("technician_id")) as { technician_id: number }[];
  return row?.technician_id ?? null;
}

export interface Session {
  readonly technicianId: number;
  readonly csrf: string;
}

export async function createSession(
  db: Db,
  technicianId: Technician["id"],
  now: string,
  expiresAt: string,
): Promise<{ readonly secret: string; readonly csrf: string }> {
  const secret = newSecret();
  const csrf = newSecret();
  await db("sessions").insert({
    token_sha256: secretHash(secret),
    technician_id: technicianId,
    csrf,
    created_at: now,
    expires_at: expiresAt,
  });
  return { secret, csrf };
}

export async function sessionOf(db: Db, secret: string, now: string): Promise<Session | null> {
  const row = (await db("sessions")
    .where({ token_sha256: secretHash(secret) })
    .where("expires_at", ">", now)
    .first("technician_id", "csrf")) as { technician_id: number; csrf: string } | undefined;
  return row === undefined ? null : { technicianId: row.technician_id, csrf: row.csrf };
}

export async function endSession(db: Db, secret: string): Promise<void> {
  await db("sessions")
    .where({ token_sha256: secretHash(secret) })
    .del();
}
