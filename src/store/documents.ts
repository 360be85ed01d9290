import type { PolicyDocument, PolicyRule } from "../desk/policy-document.ts";
import type { Db } from "./database.ts";

/** What admins write, every version kept with its author: templates, policies, rules, the link allow-list. */
type DocumentKind = "template" | "policies" | "rules" | "links";

export interface DocumentVersion {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly version: number;
  /** `null`: back to the default in templates/. */
  readonly body: string | null;
  readonly author: string;
  readonly createdAt: string;
}

type Row = {
  kind: DocumentKind;
  name: string;
  version: number;
  body: string | null;
  author: string;
  created_at: string;
};

const toVersion = (row: Row): DocumentVersion => ({
  kind: row.kind,
  name: row.name,
  version: row.version,
  body: row.body,
  author: row.author,
  createdAt: row.created_at,
});

/** The newest version of each document of a kind. */
export async function currentDocuments(db: Db, kind: DocumentKind): Promise<readonly DocumentVersion[]> {
  const newest = db("documents").where({ kind }).groupBy("name").select("name").max("version");
  const rows = (await db("documents")
    .where({ kind })
    .whereIn(["name", "version"], newest)
    .orderBy("name")) as Row[];
  return rows.map(toVersion);
}

/** Newest first. */
export async function documentVersions(
  db: Db,
  kind: DocumentKind,
  name: string,
): Promise<readonly DocumentVersion[]> {
  return ((await db("documents").where({ kind, name }).orderBy("version", "desc")) as Row[]).map(toVersion);
}

/** Keep a new version; the same text as the newest is not a new version. Answers the version in force. */
export async function saveDocument(
  db: Db,
  document: {
    readonly kind: DocumentKind;
    readonly name: string;
    readonly body: string | null;
    readonly author: string;
  },
  now: string,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  const { kind, name, body, author } = document;
  const newest = (await db("documents").where({ kind, name }).orderBy("version", "desc").first()) as
    Row | undefined;
  if (newest !== undefined && newest.body === body) return { version: newest.version, changed: false };
  const version = (newest?.version ?? 0) + 1;
  await db("documents").insert({ kind, name, version, body, author, created_at: now });
  return { version, changed: true };
}

/** The policies in force; no rules by nobody where none were ever imported. */
export async function currentPolicies(db: Db): Promise<PolicyDocument> {
  const [document] = await currentDocuments(db, "policies");
  if (document === undefined || document.body === null) return { version: 0, author: "", rules: [] };
  return {
    version: document.version,
    author: document.author,
    rules: JSON.parse(document.body) as PolicyRule[],
  };
}
