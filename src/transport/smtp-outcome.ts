/**
 * What one attempt to hand a message to the relay came to (protocol §4).
 * `code` is the relay's reply code, 0 where it gave none (no connection, time-out); `enhancedCode` is "" where it gave none.
 */
export type SmtpOutcome =
  /** 250 after the final dot. `relayMessageId` where the relay names its own (Amazon SES, Microsoft 365), with angle brackets. */
  | {
      readonly state: "accepted";
      readonly code: number;
      readonly enhancedCode: string;
      readonly text: string;
      readonly relayMessageId: string | null;
    }
  /** Failed before the first byte of the message, or a 4xx after it: the same bytes may be sent again. */
  | {
      readonly state: "deferred";
      readonly code: number;
      readonly enhancedCode: string;
      readonly text: string;
    }
  | {
      readonly state: "rejected";
      readonly code: number;
      readonly enhancedCode: string;
      readonly text: string;
      /** The recipients that the relay refused for good, where it named them; the others were not sent to either. */
      readonly refused?: readonly string[];
    }
  /** The connection was lost after the first byte: nobody knows. Never sent again by itself. */
  | { readonly state: "uncertain"; readonly text: string };
