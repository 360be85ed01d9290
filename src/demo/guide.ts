import { pathTo, showing, type Place } from "./place.ts";
import { isDigest } from "./script/digest-reading.ts";
import type { Stage } from "./stage.ts";

/** What to try, in the order in which it makes sense; links lead to the mails that it speaks of. */
export function guideView(stage: Stage, place: Place, open: boolean): object {
  const technicians = stage.players.filter((one) => one.side === "technician");
  const digests = technicians
    .flatMap((one) => stage.mailboxes.inbox(one.address).filter(isDigest))
    .toSorted((left, right) => left.id - right.id);
  const first = digests[0];
  return {
    open,
    firstDigest:
      first === undefined
        ? null
        : {
            href: pathTo(place, {
              technician: first.owner,
              ...showing("technician", { kind: "html", mailId: first.id }),
            }),
            name: nameOf(stage, first.owner),
          },
    writeAsClient: pathTo(place, showing("client", { kind: "new" })),
  };
}

function nameOf(stage: Stage, address: string): string {
  return stage.players.find((one) => one.address === address)?.name.split(" ")[0] ?? address;
}
