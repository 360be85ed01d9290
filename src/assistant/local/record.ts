import type { DraftSource } from "../../desk/draft-findings.ts";
import type { Client, Contact, Device } from "../../desk/ticket.ts";
import { lowerCase, words } from "../whole-words.ts";
import { filled, type Phrases } from "./languages.ts";
import { sentencesOf } from "./letter.ts";

/** The one device that a mail is about, of the client's own. */
export interface DeviceMeant {
  readonly device: Device;
  /** The mail names it by its label or its serial number; else it is the only one of its kind that the writer has. */
  readonly named: boolean;
}

/** Whose record may be told from: `devices` of anybody else are passed over. */
interface Asking {
  readonly text: string;
  readonly client: Client | null;
  readonly contact: Contact | null;
  readonly devices: readonly Device[];
}

/** `null` where the record does not tell which one is meant: then it is asked, and nothing is told. */
export function deviceMeant({ text, client, contact, devices }: Asking): DeviceMeant | null {
  if (client === null) return null;
  const lower = lowerCase(text.slice(0, 20_000));
  const clients = devices.filter((device) => device.clientId === client.id);
  const named = clients.filter(
    ({ name, serial }) => isNamed(lower, name) || (serial !== "" && isNamed(lower, serial)),
  );
  if (named.length > 0) return only(named, true);
  const own = clients.filter((device) => contact !== null && device.contactId === contact.id);
  const kinds = KINDS.filter((kind) => kind.test(lower));
  // "The plotter prints stripes, and when does the laptop arrive?" is about one or the other.
  if (kinds.length > 1) return null;
  return only(
    own.filter(({ type }) => kinds.some((kind) => kind.test(lowerCase(type)))),
    false,
  );
}

const only = (found: readonly Device[], named: boolean): DeviceMeant | null => {
  const [device, another] = found;
  return device === undefined || another !== undefined ? null : { device, named };
};

/** An ordinary word names no device: a label has a digit, or a mark within. */
function isNamed(lower: string, label: string): boolean {
  const wanted = lowerCase(label);
  if (!/[\d._-]/.test(wanted) || wanted.length < 3) return false;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, at + 1)) {
    const around = `${lower[at - 1] ?? " "}${lower[at + wanted.length] ?? " "}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}

/** Words for one kind of device, in mails and in the record's column `type`. */
const KINDS: readonly RegExp[] = [
  words(
    "laptops?|notebooks?|computers?|pcs?|workstation|macbook|desktop|rechner|arbeitsplatzrechner|ordinateurs?|portables?|ordenador|ordenadores|portátil|portátiles|equipo|portatile|portatili|device|gerät|appareil|dispositivo|apparaat",
  ),
  words("printers?|plotters?|scanners?|drucker|multifunktionsgerät|imprimantes?|impresoras?|stampant[ei]"),
  words(
    "phones?|mobile|smartphones?|iphone|handy|diensthandy|telefon|téléphones?|mobiles?|móvil|móviles|teléfonos?|telefono|cellulare|telefoon|mobiel",
  ),
  words("tablets?|ipads?"),
  words("monitors?|screens?|bildschirm|monitor|écrans?|pantallas?|schermo|beeldscherm"),
];

type Topic = "warranty" | "serial" | "os" | "device";

/** What a question asks of the record, in the languages that the desk reads best; the first that fits. */
const TOPICS: readonly (readonly [Topic, RegExp])[] = [
  ["warranty", words("warrant(?:y|ies)|guarantee|garantie|garantiezeit|garantía|garanzia|garantia")],
  [
    "serial",
    words(
      "serial(?: number| no\\.?)?|seriennummer|numéro de série|número de serie|numero di serie|serienummer|número de série",
    ),
  ],
  [
    "os",
    words(
      "operating system|(?:which|what)(?: version of)? windows|windows version|betriebssystem|welche(?:s|r|n)? windows(?:-?version)?|système d'exploitation|quelle version de windows|sistema operativo|qué versión de windows|quale versione di windows|besturingssysteem|welke windows(?:versie)?",
    ),
  ],
  [
    "device",
    words(
      "(?:which|what) (?:laptop|computer|device|pc|notebook|model)(?: \\p{L}+)? (?:do|am|have|is) (?:i|mine|my)|what is my (?:laptop|computer|device|pc)(?:'s)? name|name of my (?:laptop|computer|device|pc)|welche[ns]? (?:laptop|notebook|rechner|gerät|modell) habe ich|wie heißt mein (?:laptop|notebook|rechner|gerät)|quel (?:ordinateur|portable|appareil) (?:ai-je|est le mien)|qué (?:portátil|ordenador|equipo) tengo|quale (?:portatile|computer) ho|welke (?:laptop|computer) heb ik".replaceAll(
        "\\p{L}",
        "[a-z]",
      ),
    ),
  ],
];

/** Whether a question is one that a record could answer, before anybody looks for the device. */
export const asksOfRecord = (question: string): boolean => topicOf(question) !== null;

function topicOf(question: string): Topic | null {
  const text = lowerCase(question.slice(0, 400)).replaceAll("’", "'");
  return TOPICS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** The sentence that answers the question from the record; `null` where the record holds nothing on it. */
export function recordAnswer(
  question: string,
  meant: DeviceMeant | null,
  phrases: Phrases,
): DraftSource | null {
  const topic = meant === null ? null : topicOf(question);
  if (meant === null || topic === null) return null;
  const { device } = meant;
  const { record, language } = phrases;
  const values = {
    device: device.name,
    serial: device.serial,
    os: device.os,
    date: device.warranty === "" ? "" : dayIn(language, device.warranty),
  };
  if (topic === "device") return sourced(filled(record.device, { device: described(device) }), device.name);
  const fact = topic === "warranty" ? values.date : values[topic];
  return fact === "" ? null : sourced(filled(record[topic], values), device.name);
}

/** What the draft takes for granted instead of asking which device is meant. A mail that names it need not be told. */
export function takenForGranted({ device, named }: DeviceMeant, { record }: Phrases): readonly DraftSource[] {
  if (named) return [];
  return sentencesOf(filled(record.about, { device: described(device) })).map((sentence) =>
    sourced(sentence, device.name),
  );
}

const sourced = (sentence: string, name: string): DraftSource => ({ sentence, kind: "record", name });

/** `LT-0042 (Windows 11)`: what the client can see of it, and no note of a technician. */
const described = ({ name, os }: Device): string => (os === "" ? name : `${name} (${os})`);

const dayIn = (language: string, day: string): string =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    dateStyle: "long",
    timeZone: "UTC",
  }).format(new Date(`${day}T00:00:00Z`));
