/** The desk's short mails to its own people. Each says what is so, what is due, and what the next word is. */
import { PermanentError } from "../errors.ts";
import type { TemplateSet } from "../templates.ts";
import type { RenderedMail } from "./digest-view.ts";
import {
  type Fact,
  fact,
  harmless,
  linked,
  people,
  plain,
  shortened,
  soft,
  textAsHtml,
  type Tone,
  TONES,
} from "./presentation.ts";

interface ReminderView {
  readonly deskName: string;
  readonly firstName: string;
  /** Subject of the digest, with its reference: the reminder stands in its thread. */
  readonly digestSubject: string;
  /** In words: `two hours`. */
  readonly waitingSince: string;
  readonly items: readonly {
    readonly number: number;
    readonly ticketNumber: number;
    readonly headline: string;
    /** `first answer due 10:15`; "" for none. */
    readonly due: string;
  }[];
  /** Who is asked next, and when: `Kim is asked at 11:00.`; `null` when nobody is. */
  readonly next: string | null;
}

/** The drafts of a digest still wait. */
export function renderReminder(templates: TemplateSet, view: ReminderView): RenderedMail {
  const count = view.items.length;
  return notice(templates, {
    subject: `Re: ${view.digestSubject.replace(/^(?:re: *)+/i, "")}`,
    title: `${count === 1 ? "1 draft still waits" : `${count} drafts still wait`}, ${view.firstName}`,
    paragraphs: [
      `The digest came ${view.waitingSince} ago. Nothing has been sent. Reply to that mail, or to this one, as before.`,
      ...(view.next === null ? [] : [view.next]),
    ],
    facts: view.items.map(({ number, ticketNumber, headline, due }) =>
      fact(`${number} · #${ticketNumber}`, [plain(headline), soft(due === "" ? "" : ` · ${due}`)]),
    ),
    footer: view.deskName,
  });
}

interface ElsewhereView {
  readonly deskName: string;
  readonly firstName: string;
  /** `of 09:12, about #1042`: words of the desk's own. */
  readonly digest: string;
  /** The From of the reply, as it claims to be. */
  readonly from: string;
  readonly receivedAt: string;
  /** `the address is not registered for you`. */
  readonly reason: string;
  /** Whether the digest's token still works. */
  readonly live: boolean;
  /** How many more were refused since the last such notice, and not told of. */
  readonly heldBack: number;
}

/** "A reply to your digest came from elsewhere, nothing was done" (protocol §2). It never quotes that reply. */
export function renderElsewhere(templates: TemplateSet, view: ElsewhereView): RenderedMail {
  return notice(templates, {
    subject: "[Review] A reply to your digest came from elsewhere",
    title: "A reply to your digest came from elsewhere",
    tone: TONES.warn,
    paragraphs: [
      `Nothing was done with it, ${view.firstName}. If it was you, reply again from your registered address.`,
      view.live
        ? "If it was not you, tell an admin: somebody else holds that digest. Your own reply to it still counts."
        : "If it was not you, tell an admin: somebody else holds that digest. Its address no longer works; what it asked is asked anew.",
      ...heldBack(view.heldBack),
    ],
    facts: [
      fact("Digest", [plain(view.digest)]),
      fact("Came from", [plain(view.from)]),
      fact("At", [plain(view.receivedAt)]),
      fact("Refused", [plain(view.reason)]),
    ],
    footer: view.deskName,
  });
}

interface PlainReviewAddressView {
  readonly deskName: string;
  readonly firstName: string;
  /** Without a token. */
  readonly reviewAddress: string;
  readonly from: string;
  readonly receivedAt: string;
  /** How many more came since the last such notice, and were not told of. */
  readonly heldBack: number;
}

/** A mail in the technician's name came to the review address without a token, and nothing proves who wrote it. */
export function renderPlainReviewAddress(templates: TemplateSet, view: PlainReviewAddressView): RenderedMail {
  return notice(templates, {
    subject: "[Review] A mail to the review address had no code",
    title: "A mail to the review address had no code",
    tone: TONES.warn,
    paragraphs: [
      `Nothing was done with it, ${view.firstName}. If it was yours: open the digest, press Reply, and leave the address it offers as it is; the code in it says what you answer.`,
      "If it was not yours, there is nothing to do.",
      ...heldBack(view.heldBack),
    ],
    facts: [
      fact("Sent to", [plain(view.reviewAddress)]),
      fact("Came from", [plain(view.from)]),
      fact("At", [plain(view.receivedAt)]),
    ],
    footer: view.deskName,
  });
}

const heldBack = (count: number): readonly string[] =>
  count === 0
    ? []
    : [
        `${count} more like it ${count === 1 ? "was" : "were"} refused since the last notice. You are told once an hour.`,
      ];

interface ProbeView {
  readonly deskName: string;
  readonly firstName: string;
  /** Reference of the probe (`digestReference`): it stands in the subject, as in a digest. */
  readonly reference: string;
  /** In words: `11:12`. */
  readonly expiresAt: string;
}

/** `doctor --probe`: a digest that asks nothing. */
export function renderProbe(templates: TemplateSet, view: ProbeView): RenderedMail {
  return notice(templates, {
    subject: `[Review] A test of your replies · ref ${view.reference}`,
    title: `Please reply to this mail, ${view.firstName}`,
    paragraphs: [
      "It is a test. Reply with any words, from the mail program and the address that you will approve with. Your reply releases nothing.",
      `The desk only looks how it can tell that a reply is yours. The test ends at ${view.expiresAt}.`,
    ],
    footer: view.deskName,
  });
}

interface ProbeAnswerView {
  readonly deskName: string;
  readonly firstName: string;
  /** Subject of the reply that this answers. */
  readonly subject: string;
  /** `dkim`, and what it rests on. */
  readonly proof: string;
  readonly detail: string;
}

export function renderProbeAnswer(templates: TemplateSet, view: ProbeAnswerView): RenderedMail {
  return notice(templates, {
    subject: `Re: ${view.subject.replace(/^(?:re: *)+/i, "")}`,
    title: `Your replies count, ${view.firstName}`,
    paragraphs: ["The desk knows that this reply is yours. It was a test: nothing was released."],
    facts: [fact("Proof", [plain(view.proof)]), fact("It rests on", [plain(view.detail)])],
    footer: view.deskName,
  });
}

interface DeliveryTroubleView {
  readonly deskName: string;
  readonly state: "rejected" | "uncertain" | "bounced";
  readonly releaseId: number;
  /** addr-spec of whom this mail is for: the command that settles a doubt names them. */
  readonly technician: string;
  /** Recipients that were refused, where the same text is asked about once more for the others. */
  readonly askedWithout: readonly string[];
  readonly ticketNumber: number;
  readonly headline: string;
  readonly to: readonly string[];
  readonly at: string;
  /** What the relay or the bounce said; "" when the connection just ended. */
  readonly diagnostic: string;
  /** The ticket's page; `null` without a console. */
  readonly url: string | null;
}

const TROUBLE = {
  rejected: {
    title: "was not delivered",
    sentence: "The relay refused this reply. The client has not got it, and it is not tried again by itself.",
    next: "Correct the address or the text, and release a new draft; the ticket is open again.",
  },
  uncertain: {
    title: "may or may not have left",
    sentence:
      "The connection ended after the message had begun. Nobody can say yet whether the client has it, so it is not sent again by itself.",
    next: "Look in the Sent folder or ask the client. Then say what you found, in the console or with the command below: --delivered, --not-delivered, or --resend for the same mail once more.",
  },
  bounced: {
    title: "came back",
    sentence: "The relay took this reply, and it bounced later. The client has not got it.",
    next: "Check the address, or reach the client another way; the ticket is open again.",
  },
} as const;

/** A released reply that did not arrive, or nobody knows. */
export function renderDeliveryTrouble(templates: TemplateSet, view: DeliveryTroubleView): RenderedMail {
  const { title, sentence, next } = TROUBLE[view.state];
  const partly = view.askedWithout.length > 0;
  return notice(templates, {
    subject: `[Delivery] The reply on #${view.ticketNumber} ${title}: ${shortened(view.headline, 60)}`,
    title: `The reply on #${view.ticketNumber} ${title}`,
    tone: view.state === "uncertain" ? TONES.warn : TONES.harm,
    paragraphs: partly
      ? [
          `The relay refused ${people(view.askedWithout)}, so nobody has got this reply, and it is not tried again by itself.`,
          `It comes to you once more as a review: reply there with “send 1 without ${view.askedWithout.join(" ")}”, and the others get it. Or correct the address in the console.`,
        ]
      : [sentence, next],
    facts: [
      fact("Ticket", [linked(`#${view.ticketNumber} ${view.headline}`, view.url)]),
      fact("Sent to", [plain(people(view.to))]),
      fact("At", [plain(view.at)]),
      ...(view.state === "uncertain"
        ? [
            fact("Command", [
              plain(`countersign delivery resolve ${view.releaseId} --as ${view.technician} --delivered`),
            ]),
          ]
        : []),
    ],
    said: view.diagnostic,
    footer: view.deskName,
  });
}

interface SignInView {
  readonly deskName: string;
  readonly firstName: string;
  readonly url: string;
  /** In words: `15 minutes`. */
  readonly validFor: string;
}

/** The page behind the link asks for a click: mail scanners open links, and opening must use up nothing. */
export function renderSignIn(templates: TemplateSet, view: SignInView): RenderedMail {
  if (!/^https?:\/\//i.test(view.url))
    throw new PermanentError(`web.url is not an http address: ${view.url}`);
  return notice(templates, {
    subject: `Sign in to ${view.deskName}`,
    title: `Sign in, ${view.firstName}`,
    paragraphs: [`This link works once, within ${view.validFor}. If you did not ask for it, leave it alone.`],
    button: { label: "Sign in", href: view.url },
    footer: view.deskName,
  });
}

export interface AdminAlertView {
  readonly deskName: string;
  /** A few words: `Mailbox support@desk.example cannot be read`. */
  readonly title: string;
  /** Sentences: what is so, since when, what to do. */
  readonly sentences: readonly string[];
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  /** An error's own words; "" for none. Never a body, a token or a password. */
  readonly diagnostic: string;
}

export function renderAdminAlert(templates: TemplateSet, view: AdminAlertView): RenderedMail {
  return notice(templates, {
    subject: `[Desk] ${view.title}`,
    title: view.title,
    tone: TONES.warn,
    paragraphs: view.sentences,
    facts: view.facts.map(({ label, text }) => fact(label, [plain(text)])),
    said: view.diagnostic,
    footer: view.deskName,
  });
}

interface Notice {
  readonly subject: string;
  readonly title: string;
  readonly tone?: Tone;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly Fact[];
  readonly said?: string;
  readonly button?: { readonly label: string; readonly href: string };
  readonly footer: string;
}

function notice(templates: TemplateSet, words: Notice): RenderedMail {
  const subject = harmless(words.subject);
  const said = (words.said ?? "")
    .split("\n")
    .map((line) => harmless(line).trim())
    .filter((line) => line !== "")
    .slice(0, 20);
  const variables = {
    subject,
    title: harmless(words.title),
    tone: words.tone ?? TONES.ink,
    paragraphs: words.paragraphs.map(harmless),
    facts: words.facts ?? [],
    said,
    saidHtml: textAsHtml(said.join("\n")),
    button: words.button ?? null,
    footer: harmless(words.footer),
  };
  return {
    subject,
    text: templates.render("review/notice.txt", variables),
    html: templates.render("review/notice.html", variables),
  };
}
