/** `assistant.openai` of the configuration. Prices and the cap are in one currency, whichever it is. */
export interface OpenAiSettings {
  readonly baseUrl: string;
  readonly model: string;
  /** "": none is sent, for a server of one's own. */
  readonly apiKey: string;
  /** Most that a day may cost; `null`: no cap. A day is UTC's. */
  readonly maxCostPerDay: number | null;
  /** For a million tokens. */
  readonly priceInput: number;
  readonly priceOutput: number;
  readonly priceEmbeddings: number;
  readonly embeddingsModel: string | null;
}
