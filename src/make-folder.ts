import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./errors.ts";

/**
 * Makes `folder` and those above it that are missing. Node's own `recursive` never ends where a folder exists and
 * nothing can be made in it (ENOENT below `/proc` and in some network file systems).
 * @throws the system's error where it cannot be made.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    const above = dirname(folder);
    if (code !== "ENOENT" || above === folder || (await exists(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
