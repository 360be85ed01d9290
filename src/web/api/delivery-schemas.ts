import { z } from "zod";
import { RESOLUTIONS } from "../../steps/delivery/resolve-delivery.ts";
import { address, id, named, Release, time } from "./schemas.ts";

export const Resolution = named(
  "Resolution",
  z.strictObject({
    resolution: z
      .enum(RESOLUTIONS)
      .describe("It did arrive; send the same bytes again; it did not arrive, and is not sent again."),
    as: address.describe("Who says so: the registered address of an active technician."),
  }),
);

export const Attention = named(
  "Attention",
  z.strictObject({
    frozen: z
      .strictObject({ at: time, reason: z.string() })
      .nullable()
      .describe("The database was restored, and nothing is sent until a person has looked."),
    uncertain: z.array(Release).describe("Nobody knows whether these replies left."),
    lostMail: z.array(
      z.strictObject({
        id,
        kind: z.string(),
        technician: address.nullable(),
        reason: z.string(),
        createdAt: time,
      }),
    ),
    failedJobs: z.array(
      z.strictObject({ id: z.string(), kind: z.string(), reason: z.string(), failedAt: time }),
    ),
  }),
);
