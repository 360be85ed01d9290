import type { Request, Response } from "express";
import { person } from "../../desk/event.ts";
import { RETRY_SENTENCES, retryQuarantined } from "../../steps/filing/retry-quarantined.ts";
import type { Web } from "../context.ts";
import { HttpProblem } from "../problem.ts";
import { checkOrigin, isOwnForm, visitorOf } from "../session.ts";

/** Who may take a message out of quarantine in the console. */
export const mayRetryMail = (role: string): boolean => role === "admin";

/** `POST /mail/ID/retry`: a message in quarantine is read once more, in the visitor's name. */
export async function retryMail(web: Web, req: Request, res: Response): Promise<void> {
  checkOrigin(web, req);
  const visitor = await visitorOf(web, req);
  if (visitor === null) return res.redirect(303, "/sign-in");
  if (!isOwnForm(visitor, req))
    throw new HttpProblem(
      "forbidden",
      "You signed in again since that page was opened. Open the mail page once more, then try again.",
    );
  if (!mayRetryMail(visitor.technician.role))
    throw new HttpProblem("forbidden", "Only an admin may take a message out of quarantine.");
  const id = String(req.params["id"]);
  if (!/^\d{1,9}$/.test(id)) throw new HttpProblem("not-found", RETRY_SENTENCES["no-such-message"]);
  const outcome = await retryQuarantined(web.desk, Number(id), person(visitor.technician.email));
  if (outcome === "retried") return res.redirect(303, "/mail");
  throw new HttpProblem(outcome === "no-such-message" ? "not-found" : "conflict", RETRY_SENTENCES[outcome]);
}
