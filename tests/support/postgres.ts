import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** Create an empty database and return its connection URL. Only after `requires("postgres")` said yes. */
export async function freshDatabase(): Promise<string> {
  const url = inject("postgresUrl");
  if (url === "") throw new Error('No PostgreSQL server: guard these tests with requires("postgres").');
  const name = `test_${randomBytes(8).toString("hex")}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
}
