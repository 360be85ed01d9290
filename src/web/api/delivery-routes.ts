import { z } from "zod";
import { sameAddress } from "../../mail/address.ts";
import { attentionOf } from "../../steps/review/attention.ts";
import { resolveDelivery } from "../../steps/delivery/resolve-delivery.ts";
import { releaseRecordById } from "../../store/releases.ts";
import { ticketById, ticketsByIds } from "../../store/tickets.ts";
import { HttpProblem } from "../problem.ts";
import { digits, route, type ApiRoute } from "./route.ts";
import * as schemas from "./delivery-schemas.ts";
import { Release } from "./schemas.ts";
import { releaseShape } from "./shapes.ts";

/** What waits for a person beside the reviews, and a person's word on it. */
export const deliveryRoutes: readonly ApiRoute[] = [
  route({
    path: "/attention",
    name: "getAttention",
    summary: "What needs a person: uncertain replies, mail to technicians that was lost, jobs given up",
    answer: schemas.Attention,
    async handle({ web }) {
      const attention = await attentionOf(web.desk);
      const { technicians } = await web.desk.directory.current();
      const tickets = await ticketsByIds(
        web.desk.database.reader,
        attention.uncertain.map((release) => release.ticketId),
      );
      return {
        frozen: attention.frozen,
        uncertain: attention.uncertain.map((release) =>
          releaseShape(release, tickets.get(release.ticketId)?.number ?? 0),
        ),
        lostMail: attention.lostMail.map(({ id, kind, technicianId, reason, at }) => ({
          id,
          kind,
          technician: technicians.find((one) => one.id === technicianId)?.email ?? null,
          reason,
          createdAt: at,
        })),
        failedJobs: attention.failedJobs.map(({ id, kind, reason, failedAt }) => ({
          id,
          kind,
          reason,
          failedAt,
        })),
      };
    },
  }),

  route({
    method: "post",
    path: "/releases/{id}/resolution",
    name: "resolveRelease",
    summary: "Say what became of an uncertain reply",
    description:
      "An uncertain reply is never sent again by itself. `resend` sends the same bytes under the same Message-ID. The word is written down as the named technician’s.",
    role: "technician",
    params: z.object({ id: digits(1, 999_999_999).describe("The release’s id.") }),
    body: schemas.Resolution,
    answer: Release,
    problems: [404, 409, 422],
    async handle({ web, params, body }) {
      const { technicians } = await web.desk.directory.current();
      const by = technicians.find((one) => one.active && sameAddress(one.email, body.as));
      if (by === undefined)
        throw new HttpProblem("invalid", `${body.as} is no active technician here.`, [
          { path: "as", message: "the registered address of an active technician" },
        ]);
      const resolved = await resolveDelivery(web.desk, params.id, body.resolution, by);
      if (resolved === null) throw new HttpProblem("not-found", `There is no release ${params.id}.`);
      if (!resolved.done) throw new HttpProblem("conflict", resolved.sentence);
      const { db } = web.desk.database;
      const release = await releaseRecordById(db, params.id);
      if (release === null) throw new HttpProblem("not-found", `There is no release ${params.id}.`);
      return releaseShape(release, (await ticketById(db, release.ticketId))?.number ?? 0);
    },
  }),
];
