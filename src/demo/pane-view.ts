import { written } from "../mail-program/letter.ts";
import type { KeptMail } from "./mailboxes.ts";
import { ownerOf, pathTo, showing, shownOn, type Place, type Shown, type Side } from "./place.ts";
import { replyTo } from "../mail-program/reply.ts";
import type { Player } from "./people.ts";
import type { Stage } from "./stage.ts";

/** One mailbox on the page, as its template takes it. */
export function paneView(stage: Stage, place: Place, side: Side): object {
  const owner = ownerOf(place, side);
  const player = stage.players.find((one) => one.address === owner);
  const shown = openable(stage, owner, shownOn(place, side));
  return {
    side,
    ...liveView(stage, place, side, shown),
    heading: player === undefined ? owner : `${player.name}, ${player.place}`,
    mail: mailView(stage, place, side, shown),
    compose: composeView(stage, place, side, shown, player),
  };
}

/** What changes while one looks: the people with their unread counts, the folders, and the list where one is open. */
export function liveView(stage: Stage, place: Place, side: Side, given: Shown): { readonly live: object } {
  const owner = ownerOf(place, side);
  const shown = openable(stage, owner, given);
  const { mailboxes } = stage;
  const folder = shown.kind === "sent" ? "sent" : "inbox";
  const list = shown.kind === "inbox" || shown.kind === "sent" ? mailboxes[folder](owner) : null;
  const to = (next: Shown): string => pathTo(place, showing(side, next));
  return {
    live: {
      id: `${side}-live`,
      refresh: pathTo(place, { part: side }, "/live"),
      people: stage.players
        .filter((one) => one.side === side)
        .map((one) => personView(stage, place, side, one)),
      folders: [
        {
          label: "Inbox",
          href: to({ kind: "inbox" }),
          unread: unreadOf(stage, owner),
          current: shown.kind === "inbox",
        },
        { label: "Sent", href: to({ kind: "sent" }), unread: 0, current: shown.kind === "sent" },
      ],
      write: side === "client" ? to({ kind: "new" }) : null,
      list:
        list === null
          ? null
          : {
              empty: list.length === 0 ? emptyView(stage, owner, side, folder, to({ kind: "sent" })) : null,
              mails: list.map((mail) =>
                rowView(
                  stage,
                  mail,
                  folder,
                  to({ kind: mail.letter.html === null ? "text" : "html", mailId: mail.id }),
                ),
              ),
            },
    },
  };
}

/** Somebody else's mail, or none, is the inbox. */
function openable(stage: Stage, owner: string, shown: Shown): Shown {
  if (!("mailId" in shown)) return shown;
  return stage.mailboxes.get(shown.mailId)?.owner === owner.toLowerCase() ? shown : { kind: "inbox" };
}

function unreadOf(stage: Stage, owner: string): number {
  return stage.mailboxes.inbox(owner).filter((mail) => !stage.mailboxes.isRead(mail.id)).length;
}

function personView(stage: Stage, place: Place, side: Side, player: Player): object {
  const change = side === "client" ? { client: player.address } : { technician: player.address };
  return {
    name: player.name.split(" ")[0] ?? player.name,
    place: player.place,
    href: pathTo(place, { ...change, ...showing(side, { kind: "inbox" }) }),
    unread: unreadOf(stage, player.address),
    current: ownerOf(place, side) === player.address,
  };
}

function rowView(stage: Stage, mail: KeptMail, folder: "inbox" | "sent", href: string): object {
  const { letter } = mail;
  const who =
    folder === "inbox"
      ? letter.from.name || letter.from.address
      : `To ${letter.to.map((one) => one.name || shortAddress(one.address)).join(", ")}`;
  return {
    id: mail.id,
    href,
    who,
    subject: letter.subject || "(no subject)",
    opening: openingOf(letter.text),
    time: timeOf(mail.arrivedAt),
    unread: folder === "inbox" && !stage.mailboxes.isRead(mail.id),
  };
}

/** A review address is 50 characters long, and nobody reads them. */
const shortAddress = (address: string): string => address.replace(/^([^@+]+)\+[^@]{10,}@/, "$1+…@");

/** The first words that somebody wrote, without greeting lines of two words. */
function openingOf(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.slice(0, 3).join(" ").slice(0, 120);
}

function emptyView(
  stage: Stage,
  owner: string,
  side: Side,
  folder: "inbox" | "sent",
  sentHref: string,
): object {
  const name = stage.players.find((one) => one.address === owner)?.name.split(" ")[0] ?? owner;
  if (folder === "sent") return { text: `${name} has not sent anything yet.`, link: null };
  if (side === "technician")
    return {
      text: `Nothing waits for ${name}. A review mail arrives here as soon as a draft does.`,
      link: null,
    };
  const wrote = stage.mailboxes.sent(owner).length > 0;
  return {
    text: `No reply yet. One arrives here when a technician has released it, and not before.`,
    link: wrote ? { label: `Read what ${name} wrote`, href: sentHref } : null,
  };
}

const timeOf = (date: Date): string =>
  date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function mailView(stage: Stage, place: Place, side: Side, shown: Shown): object | null {
  if (shown.kind !== "html" && shown.kind !== "text") return null;
  const mail = stage.mailboxes.get(shown.mailId);
  if (mail === null) return null;
  const { letter } = mail;
  const to = (next: Shown): string => pathTo(place, showing(side, next));
  const asText = shown.kind === "text" || letter.html === null;
  return {
    subject: letter.subject || "(no subject)",
    from: written(letter.from),
    to: letter.to.map(written).join(", "),
    cc: letter.cc.length === 0 ? null : letter.cc.map(written).join(", "),
    time: timeOf(mail.arrivedAt),
    attachments: letter.attachments.map(
      ({ filename, size }) => `${filename} (${Math.max(1, Math.round(size / 1024))} KB)`,
    ),
    frame: asText ? null : pathTo(place, { part: side }, `/mail/${mail.id}`),
    text: asText ? letter.text : null,
    other:
      letter.html === null
        ? null
        : {
            label: asText ? "Show as HTML" : "Show as text",
            href: to({ kind: asText ? "html" : "text", mailId: mail.id }),
          },
    // The answer to a mail that one sent goes on to the same people, as mail programs have it.
    reply: to({ kind: "reply", mailId: mail.id }),
    back: to({ kind: mail.folder }),
  };
}

function composeView(
  stage: Stage,
  place: Place,
  side: Side,
  shown: Shown,
  player: Player | undefined,
): object | null {
  const writing = writingFor(stage, shown, player);
  if (writing === null || player === undefined) return null;
  const to = (next: Shown): string => pathTo(place, showing(side, next));
  const mailId = "mailId" in shown ? shown.mailId : null;
  const other = shown.kind === "below" ? ("reply" as const) : ("below" as const);
  return {
    action: pathTo(place, { part: side }, "/send"),
    from: written({ name: player.name, address: player.address }),
    to: writing.to,
    subject: writing.subject,
    text: writing.text,
    answers: mailId === null ? "" : String(mailId),
    below: shown.kind === "below",
    posting:
      mailId === null
        ? null
        : {
            label: shown.kind === "below" ? "Write above the quote" : "Write below the quote",
            href: to({ kind: other, mailId }),
          },
    cancel: mailId === null ? to({ kind: "inbox" }) : to({ kind: "html", mailId }),
    hint:
      side === "technician" && mailId !== null
        ? "Write approve above, or change the draft between its two [[ marker lines ]] further down."
        : null,
  };
}

function writingFor(
  stage: Stage,
  shown: Shown,
  player: Player | undefined,
): { readonly to: string; readonly subject: string; readonly text: string } | null {
  if (player === undefined) return null;
  if (shown.kind === "new") return { to: stage.desk.settings.address, subject: "", text: "" };
  if (shown.kind === "button") return { to: shown.to, subject: shown.subject, text: shown.body };
  if (shown.kind !== "reply" && shown.kind !== "below") return null;
  const mail = stage.mailboxes.get(shown.mailId);
  if (mail === null) return null;
  const letter =
    mail.folder === "inbox" ? mail.letter : { ...mail.letter, replyTo: mail.letter.to[0] ?? null };
  return replyTo(letter, player, "", shown.kind === "below" ? "bottom" : "top");
}
