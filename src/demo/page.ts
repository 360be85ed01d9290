import type { Stage } from "./stage.ts";
export async function startDemoPage(_stage: Stage, _options: { readonly port: number }): Promise<{ readonly url: string; close(): Promise<void> }> { return { url: "", close: async () => {} }; }
