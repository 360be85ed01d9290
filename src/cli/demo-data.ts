import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDeskFile } from "../desk/desk-file.ts";
import { parseDeviceFile } from "../desk/device-file.ts";
import { parseHistoryFile } from "../desk/history-file.ts";
import { describeProblem } from "../desk/problem.ts";
import { PermanentError } from "../errors.ts";
import type { Desk } from "../steps/desk.ts";
import { importArticles, importDeskFile, importDevices } from "../steps/admin/import-desk.ts";
import { importHistory } from "../steps/learning/import-history.ts";
import { articleFrom } from "./import-articles.ts";

const DATA = fileURLToPath(new URL("../demo/data", import.meta.url));
const AUTHOR = "sam@msp.example";

/** The demo's people, devices, articles and labelled mails, for the demo and for measuring. */
export async function importDemoData(desk: Desk): Promise<void> {
  const file = join(DATA, "desk.yaml");
  const { desk: parsed, problems } = parseDeskFile(await readFile(file, "utf8"), "desk.yaml", {
    queues: [],
    slas: [],
    clients: [],
  });
  if (problems.length > 0)
    throw new PermanentError(`the demo's data: ${problems.map(describeProblem).join("; ")}`);
  await importDeskFile(desk, parsed, AUTHOR);
  const devices = parseDeviceFile(
    await readFile(join(DATA, "devices.csv"), "utf8"),
    "devices.csv",
    (parsed.clients ?? []).map((client) => client.name),
  );
  await importDevices(desk, devices.devices, AUTHOR);
  const folder = join(DATA, "articles");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).toSorted();
  await importArticles(
    desk,
    await Promise.all(
      names.map(async (name) =>
        articleFrom(name, await readFile(join(folder, name), "utf8"), `articles/${name}`),
      ),
    ),
    AUTHOR,
  );
  const history = parseHistoryFile(
    await readFile(join(DATA, "history.jsonl"), "utf8"),
    "history.jsonl",
    (parsed.queues ?? []).map((queue) => queue.name),
  );
  await importHistory(desk, history.rows, AUTHOR);
  await desk.learner.settled();
}
