import type { Request, Response } from "express";
import type { Web } from "../context.ts";
import { HttpProblem } from "../problem.ts";
import type { Visitor } from "../session.ts";
import { isUrgent, priorityWords } from "../waiting.ts";
import { ticketStory, type TicketStory } from "../ticket-story.ts";
import { TYPE_LABELS } from "../../steps/words.ts";
import { sendPage } from "./page.ts";
import { timelineOf } from "./timeline.ts";
import { hoursText, mailboxText, moments, STATUS_LABELS } from "./words.ts";

/** `/tickets/1042`: the whole story, so that somebody who never saw it before knows what happened and why. */
export async function showTicket(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const number = /^\d{1,9}$/.test(String(req.params["number"])) ? Number(req.params["number"]) : 0;
  const story = await ticketStory(web, number);
  if (story === null) throw new HttpProblem("not-found", `There is no ticket with that number.`);
  const { ticket, waiting, client } = story;
  const at = moments(web);
  await sendPage(
    web,
    res,
    visitor,
    "ticket",
    { title: `#${ticket.number} ${ticket.subject}`, section: "tickets" },
    {
      number: ticket.number,
      subject: ticket.subject,
      waits: sentence(waiting.text),
      tone: waiting.tone,
      urgent: isUrgent(ticket.priority, waiting.proposedPriority),
      priority: priorityWords(ticket.priority, waiting.proposedPriority),
      line: [
        TYPE_LABELS[ticket.type],
        STATUS_LABELS[ticket.status] ?? ticket.status,
        client === null ? "no known client" : client.vip ? `${client.name} (VIP)` : client.name,
      ],
      facts: [
        {
          label: "Requester",
          text: mailboxText({ name: ticket.requesterName, address: ticket.requesterAddress }),
        },
        { label: "Queue", text: `${ticket.queue}${assignee(story)}` },
        { label: "Category", text: ticket.category === "" ? "not filed yet" : ticket.category },
        { label: "Impact, urgency", text: `${ticket.impact}, ${ticket.urgency}` },
        ...(ticket.minutesSpent === 0 ? [] : [{ label: "Time spent", text: hoursText(ticket.minutesSpent) }]),
      ],
      opened: at(ticket.createdAt),
      entries: timelineOf(story, at, visitor.technician.role),
      events: story.events.map((event) => ({
        at: at(event.at),
        sentence: event.sentence,
        who: event.actor.id,
        kind: event.kind,
        evidence: JSON.stringify(event.evidence),
      })),
    },
  );
}

function assignee({ ticket, technicians }: TicketStory): string {
  const found = technicians.find((one) => one.id === ticket.assigneeId);
  return found === undefined ? ", nobody yet" : `, ${found.name}`;
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
