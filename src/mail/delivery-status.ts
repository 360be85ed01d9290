import type { DeliveryStatus, HeaderField } from "./message.ts";
export interface DeliveryStatusPart {
  readonly contentType: string;
  readonly text: string;
}
export interface DeliveryStatusInput {
  readonly headers: readonly HeaderField[];
  readonly contentType: string;
  readonly subject: string;
  readonly text: string;
  readonly parts: readonly DeliveryStatusPart[];
  readonly references: readonly string[];
  readonly fromAddress: string;
}
export function readDeliveryStatus(input: DeliveryStatusInput): DeliveryStatus | null {
  return input.text === null ? null : null;
}
