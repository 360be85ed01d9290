import type { MimeNode } from "@zone-eu/mailsplit";

/** The content transfer decoder of one part (RFC 2045 §6), while its bytes come in. */
export interface PartDecoder {
  readonly write: (bytes: Buffer) => void;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Decodes a part as it is written; `take` gets the decoded bytes, `atEnd` is called once behind the last. */
export function decodeInto(
  node: MimeNode,
  take: (bytes: Buffer) => void,
  atEnd: () => void = () => undefined,
): PartDecoder {
  const decoder = node.getDecoder();
  let ended = false;
  const done = new Promise<void>((resolve) => {
    const finish = (): void => {
      atEnd();
      resolve();
    };
    decoder.on("data", (bytes: Buffer | string) => {
      take(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    });
    decoder.once("end", finish);
    // What was decoded up to a fault is kept.
    decoder.on("error", finish);
  });
  return {
    write: (bytes) => {
      if (!ended) decoder.write(bytes);
    },
    ended: done,
    end: () => {
      if (!ended) decoder.end();
      ended = true;
    },
  };
}
