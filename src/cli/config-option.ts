import { existsSync } from "node:fs";
import type { Command } from "commander";
import { loadConfig, type Config } from "../config.ts";

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

/** `--config FILE` of a command that has no desk: a script may hand it to every command alike. */
export function takesUnusedConfig(command: Command): Command {
  return command.option("--config <file>", "taken as by every command; this one reads no configuration");
}

/** The named file, else ./countersign.yaml where there is one, else the embedded defaults. */
export function readConfig(option: ConfigOption): Promise<Config> {
  const file = option.config ?? (existsSync("countersign.yaml") ? "countersign.yaml" : undefined);
  return loadConfig(file === undefined ? {} : { file });
}

export function databaseUrl(config: Config): string {
  return config.database.kind === "sqlite" ? `sqlite:${config.database.path}` : config.database.url;
}
