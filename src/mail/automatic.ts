import type { Automatic, HeaderField } from "./message.ts";
export interface AutomaticFacts {
  readonly reversePath: string | null;
  readonly subject: string;
  readonly text: string;
  readonly fromAddress: string;
  readonly contentType: string;
  readonly hasDeliveryStatusPart: boolean;
}
export function classifyAutomatic(headers: readonly HeaderField[], facts: AutomaticFacts): Automatic {
  return headers.length < 0 || facts.text === null ? { verdict: "no", reasons: [] } : { verdict: "no", reasons: [] };
}
