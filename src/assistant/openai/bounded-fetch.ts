import { ModelFailure } from "../hosted/model-failure.ts";

/** Longest answer that is read, in bytes. A triage has two kilobytes, a draft five. */
const LONGEST = 400_000;

/**
 * `fetch` that stops reading an answer when it grows beyond all measure, and follows no redirect: the key and the mail's words
 * go where the configuration says and nowhere else.
 */
export async function boundedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "error" });
  if (response.body === null) return response;
  let read = 0;
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        read += chunk.byteLength;
        if (read > LONGEST)
          controller.error(new ModelFailure("too-long", `its answer is longer than ${LONGEST / 1000} kB`));
        else controller.enqueue(chunk);
      },
    }),
  );
  return new Response(bounded, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}
