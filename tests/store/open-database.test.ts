import { expect, test } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import { whyNotOpened } from "../../src/store/open-database.ts";

const FILE = "sqlite:data/desk.sqlite";
const SERVER = "postgres://desk:geheim@db.example/desk";

test.each([
  [FILE, "SQLITE_BUSY", TemporaryError, /held by another process/],
  [FILE, "SQLITE_CANTOPEN", PermanentError, /a file of the desk's own/],
  [FILE, "SQLITE_NOTADB", PermanentError, /a file of the desk's own/],
  [SERVER, "ECONNREFUSED", TemporaryError, /is the server running/],
  [SERVER, "53300", TemporaryError, /does not answer \(53300\)/],
  [SERVER, "EAI_AGAIN", TemporaryError, /does not answer/],
  [SERVER, "3D000", PermanentError, /is database\.url right/],
  [SERVER, "28P01", PermanentError, /is database\.url right/],
])("%s that fails with %s: another try or a person", (url, code, kind, words) => {
  const error = whyNotOpened(url, Object.assign(new Error("no"), { code }));
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toMatch(words);
  expect(error.message).not.toContain("geheim");
});
