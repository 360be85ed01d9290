import { guideView } from "./guide.ts";
import { paneView } from "./pane-view.ts";
import { pathTo, type Place } from "./place.ts";
import type { Stage } from "./stage.ts";
import { boardSum, ticketBoard } from "./ticket-board.ts";

const PART_LABELS = { client: "Client", desk: "Desk", technician: "Technician" } as const;

interface PageFacts {
  readonly isFirstLook: boolean;
  readonly notice: { readonly text: string; readonly failed: boolean } | null;
}

/** The whole page, as its template takes it. */
export async function pageView(stage: Stage, place: Place, facts: PageFacts): Promise<object> {
  const parts = (["client", "desk", "technician"] as const).map((part) => ({
    label: PART_LABELS[part],
    href: pathTo(place, { part }),
    current: place.part === part,
  }));
  return {
    address: stage.desk.settings.address,
    holdSeconds: stage.holdSeconds,
    digestSeconds: stage.digestSeconds,
    guide: guideView(stage, place, facts.isFirstLook),
    notice: facts.notice,
    part: place.part,
    parts,
    panes: { client: paneView(stage, place, "client"), technician: paneView(stage, place, "technician") },
    board: await boardView(stage, place),
    consoleAction: stage.consoleUrl === null ? null : pathTo(place, {}, "/console"),
    technicianName: stage.players.find((one) => one.address === place.technician)?.name.split(" ")[0] ?? "",
  };
}

/** The desk's tickets, in the middle. */
export async function boardView(stage: Stage, place: Place): Promise<object> {
  const rows = await ticketBoard(stage.desk);
  return {
    refresh: pathTo(place, { part: "desk" }, "/live"),
    empty: rows.length === 0,
    sum: boardSum(rows),
    tickets: rows.map((row) => ({
      ...row,
      href: stage.consoleUrl === null ? null : `${stage.consoleUrl}/tickets/${row.number}`,
    })),
  };
}
