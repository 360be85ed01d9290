/**
 * Where a visitor is: whose mailboxes are open and what each shows. All of it stands in the address of the page, so that
 * every link works without script, and Back goes back.
 */
export type Side = "client" | "technician";

export type Shown =
  | { readonly kind: "inbox" | "sent" | "new" }
  | { readonly kind: "html" | "text" | "reply" | "below"; readonly mailId: number }
  /** A `mailto:` button in a mail was pressed: a new mail with what the button says. */
  | { readonly kind: "button"; readonly to: string; readonly subject: string; readonly body: string };

export interface Place {
  readonly client: string;
  readonly technician: string;
  readonly clientShows: Shown;
  readonly technicianShows: Shown;
  /** Which part a narrow window shows. */
  readonly part: Side | "desk";
}

type Query = Readonly<Record<string, unknown>>;

export function placeIn(query: Query, fallback: Pick<Place, "client" | "technician">): Place {
  const text = (name: string): string => (typeof query[name] === "string" ? query[name] : "");
  const part = text("part");
  return {
    client: text("c") || fallback.client,
    technician: text("t") || fallback.technician,
    clientShows: shownIn(text("cs"), text),
    technicianShows: shownIn(text("ts"), text),
    part: part === "client" || part === "desk" ? part : "technician",
  };
}

function shownIn(code: string, text: (name: string) => string): Shown {
  const [kind = "", id = ""] = code.split("-");
  if (kind === "sent" || kind === "new") return { kind };
  if (kind === "button") return { kind, to: text("to"), subject: text("subject"), body: text("body") };
  const mailId = Number(id);
  if (
    (kind === "html" || kind === "text" || kind === "reply" || kind === "below") &&
    Number.isInteger(mailId)
  )
    return { kind, mailId };
  return { kind: "inbox" };
}

/** The page's address with another thing shown on one side, or another person. */
export function pathTo(place: Place, change: Partial<Place> = {}, page = "/"): string {
  const next = { ...place, ...change };
  const query = new URLSearchParams({
    c: next.client,
    t: next.technician,
    cs: codeOf(next.clientShows),
    ts: codeOf(next.technicianShows),
    part: next.part,
  });
  for (const shown of [next.clientShows, next.technicianShows]) {
    if (shown.kind !== "button") continue;
    query.set("to", shown.to);
    query.set("subject", shown.subject);
    query.set("body", shown.body);
  }
  return `${page}?${query.toString()}`;
}

function codeOf(shown: Shown): string {
  return "mailId" in shown ? `${shown.kind}-${shown.mailId}` : shown.kind;
}

export function showing(side: Side, shown: Shown): Partial<Place> {
  return side === "client"
    ? { clientShows: shown, part: "client" }
    : { technicianShows: shown, part: "technician" };
}

export const shownOn = (place: Place, side: Side): Shown =>
  side === "client" ? place.clientShows : place.technicianShows;
export const ownerOf = (place: Place, side: Side): string =>
  side === "client" ? place.client : place.technician;
