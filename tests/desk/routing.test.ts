import { describe, expect, test } from "vitest";
import { reviewersFor, routeTicket } from "../../src/desk/routing.ts";
import type { Technician } from "../../src/desk/ticket.ts";

/** Tuesday morning, and the night after it. */
const DAY = new Date("2026-03-10T10:00:00Z");
const NIGHT = new Date("2026-03-10T22:00:00Z");
const OFFICE = "Mon-Fri 08:00-17:00";

function person(id: number, name: string, over: Partial<Technician> = {}): Technician {
  return {
    id,
    name,
    email: `${name.toLowerCase()}@msp.example`,
    aliases: [],
    delegates: [],
    role: "technician",
    queues: ["Network"],
    skills: [],
    hours: OFFICE,
    active: true,
    ...over,
  };
}

const dana = person(1, "Dana", { skills: ["vpn", "firewall"] });
const eli = person(2, "Eli", { skills: ["vpn"] });
const fay = person(3, "Fay", { hours: "Mon-Fri 20:00-06:00" });
const gus = person(4, "Gus", { queues: ["Desk"] });
const lea = person(5, "Lea", { queues: [], role: "lead" });
const nat = person(6, "Nat", { role: "lead", hours: "Mon-Fri 06:00-07:00" });
const amy = person(7, "Amy", { queues: [], role: "admin" });

describe("routeTicket", () => {
  test.each<
    [string, readonly Technician[], readonly string[], Record<number, number>, Date, number | null, string]
  >([
    [
      "most skills first",
      [eli, dana],
      ["vpn", "firewall"],
      { 1: 9 },
      DAY,
      1,
      "Dana is on shift in Network, knows vpn, firewall, with 9 open tickets.",
    ],
    [
      "then the fewest open tickets",
      [dana, eli],
      ["vpn"],
      { 1: 3, 2: 1 },
      DAY,
      2,
      "Eli is on shift in Network, knows vpn, with 1 open ticket.",
    ],
    [
      "then the lower id",
      [eli, dana],
      ["vpn"],
      {},
      DAY,
      1,
      "Dana is on shift in Network, knows vpn, with 0 open tickets.",
    ],
    [
      "a skill that nobody has is ignored",
      [dana, eli],
      ["cobol"],
      { 1: 2 },
      DAY,
      2,
      "Eli is on shift in Network, with 0 open tickets.",
    ],
    [
      "only who is on shift",
      [dana, fay],
      ["vpn"],
      {},
      NIGHT,
      3,
      "Fay is on shift in Network, with 0 open tickets.",
    ],
    [
      "nobody on shift leaves it to the queue",
      [dana, eli],
      [],
      {},
      NIGHT,
      null,
      "Nobody of Network is on shift.",
    ],
    ["only the queue's people", [gus], [], {}, DAY, null, "Network has no active technician."],
    ["nobody who left", [{ ...dana, active: false }], [], {}, DAY, null, "Network has no active technician."],
  ])("%s", (_name, technicians, skills, loads, now, technicianId, reason) => {
    const loadsById = new Map(Object.entries(loads).map(([id, count]) => [Number(id), count]));
    const route = routeTicket({
      queueName: "network",
      skills,
      technicians,
      loads: loadsById,
      now,
      timeZone: "UTC",
    });
    expect(route.technicianId).toBe(technicianId);
    expect(route.reason).toBe(reason.replace("Network", "network"));
  });
});

describe("reviewersFor", () => {
  const all = [dana, eli, fay, gus, lea, nat, amy];
  test.each<
    [
      string,
      {
        assigneeId?: number;
        technicians?: readonly Technician[];
        now?: Date;
        exclude?: readonly number[];
        loads?: [number, number][];
      },
      readonly number[],
    ]
  >([
    ["the assignee on shift", { assigneeId: 2 }, [2]],
    ["the assignee off shift: one of the queue, least loaded", { assigneeId: 3, loads: [[1, 4]] }, [2]],
    ["no assignee: one of the queue", {}, [1]],
    ["the next in line", { exclude: [1] }, [2]],
    ["the queue is asked already: a lead on shift", { exclude: [1, 2] }, [5]],
    ["then an admin on shift", { exclude: [1, 2, 5] }, [7]],
    ["then the queue's own lead, off shift", { exclude: [1, 2, 5, 7] }, [6]],
    ["off hours: the night shift", { now: NIGHT }, [3]],
    ["off hours with nobody on shift: the lead of the queue", { now: NIGHT, exclude: [3] }, [6]],
    ["then any lead", { now: NIGHT, exclude: [3, 6] }, [5]],
    ["then an admin", { now: NIGHT, exclude: [3, 5, 6] }, [7]],
    ["then the assignee off shift", { now: NIGHT, assigneeId: 2, technicians: [dana, eli] }, [2]],
    ["then the queue off shift", { now: NIGHT, technicians: [dana, eli, gus] }, [1]],
    ["then anybody", { now: NIGHT, technicians: [gus] }, [4]],
    ["nobody is left", { technicians: [{ ...dana, active: false }] }, []],
    [
      "an assignee who left is not asked",
      { assigneeId: 2, technicians: [{ ...eli, active: false }, dana] },
      [1],
    ],
  ])("%s", (_name, over, ids) => {
    const reviewers = reviewersFor({
      assigneeId: over.assigneeId ?? null,
      queueName: "Network",
      technicians: over.technicians ?? all,
      loads: new Map(over.loads ?? []),
      now: over.now ?? DAY,
      timeZone: "UTC",
      exclude: over.exclude ?? [],
    });
    expect(reviewers.technicianIds).toEqual(ids);
    expect(reviewers.reason).toMatch(/\.$/);
  });
});
