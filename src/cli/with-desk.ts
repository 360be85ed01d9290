import { existsSync } from "node:fs";
import type { Command } from "commander";
import { loadConfig, type Config } from "../config.ts";
import { createLog } from "./log.ts";
import { openDesk, type OpenDesk } from "./open-desk.ts";

export interface ConfigOption {
  readonly config?: string;
}

/** `--config FILE`, which every command takes. */
export function takesConfig(command: Command): Command {
  return command.option(
    "--config <file>",
    "the configuration; default ./countersign.yaml where there is one, else the embedded defaults",
  );
}

/** The named file, else ./countersign.yaml where there is one, else the embedded defaults. */
export function readConfig(option: ConfigOption): Promise<Config> {
  const file = option.config ?? (existsSync("countersign.yaml") ? "countersign.yaml" : undefined);
  return loadConfig(file === undefined ? {} : { file });
}

/** Open the desk's database and hand it to `work`, quietly; a command prints its own words. */
export async function withDesk<T>(option: ConfigOption, work: (open: OpenDesk) => Promise<T>): Promise<T> {
  const config = await readConfig(option);
  const open = await openDesk(config, createLog({ level: "warn", format: config.log.format }));
  try {
    return await work(open);
  } finally {
    await open.desk.queue.stop();
    await open.close();
  }
}
