import type { Stage } from "./stage.ts";
export async function showPage(_stage: Stage, _url: string, _interrupted: AbortSignal): Promise<void> {}
