import type { TriageContext } from "../../assistant/engine.ts";
import { devicesOf, deviceWords } from "../../store/devices.ts";
import type { Desk, Directory } from "../desk.ts";
import { lookUpArticles } from "./look-up-articles.ts";

/** What articles are looked up with beside single words: whole sentences, whose meaning a model may tell. */
export interface Matter {
  readonly text: string;
  /** Is told why meaning had no say, where it should have had one. */
  wordsAlone?(reason: string): void;
}

/** An engine's look-ups for one sender: articles that their client may see, and their client's own devices. */
export function clientLookUps(
  desk: Pick<Desk, "database" | "queue">,
  directory: Pick<Directory, "engine" | "hasDevices">,
  { client, contact }: Pick<TriageContext, "client" | "contact">,
  matter: Matter | null,
): Pick<TriageContext, "searchArticles" | "devices"> {
  return {
    searchArticles: async (words, limit) => {
      const { hits, wordsAlone } = await lookUpArticles(
        desk,
        directory.engine.embeddings,
        { words, text: matter?.text ?? null, reader: client?.id ?? null },
        limit,
      );
      if (wordsAlone !== null) matter?.wordsAlone?.(wordsAlone);
      return hits;
    },
    devices: async (text) =>
      client === null || !directory.hasDevices
        ? []
        : devicesOf(
            desk.database.reader,
            [client.id],
            contact === null ? [] : [contact.id],
            deviceWords(text),
          ),
  };
}
