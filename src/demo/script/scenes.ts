import type { KeptMail } from "../mailboxes.ts";
import { editQuotedDraft, itemsOf } from "./digest-reading.ts";
import type { Cast } from "./cast.ts";
import { DidNotHappen } from "./waiting.ts";

/** A part of the story that stands by itself; what it promises is told before, what happened after. */
export interface Scene {
  readonly title: string;
  play(cast: Cast): Promise<void>;
}

const ANA = "ana@contoso.example";
const BEN = "ben@contoso.example";
const CARLA = "carla@contoso.example";
const FRANK = "frank@fabrikam.example";
const GRACE = "grace@tailspin.example";
const LUIS = "luis@tailspin.example";
const MIA = "mia@adatum.example";
const TOM = "tom@adatum.example";
const KIM = "kim@msp.example";
const DANA = "dana@msp.example";
const SAM = "sam@msp.example";

/** What a client must have in the end, beside acknowledgements: one mail a line. The closing checks hold the desk to it. */
export const EXPECTED_REPLIES: readonly {
  readonly to: string;
  readonly aboutMailOf: string;
  readonly why: string;
}[] = [
  { to: ANA, aboutMailOf: ANA, why: "approved as drafted" },
  { to: CARLA, aboutMailOf: ANA, why: "in copy of Ana’s mail" },
  { to: BEN, aboutMailOf: BEN, why: "approved by hand below the quote" },
  { to: CARLA, aboutMailOf: CARLA, why: "approved after she had written again" },
  { to: FRANK, aboutMailOf: FRANK, why: "edited in the quote" },
  { to: TOM, aboutMailOf: TOM, why: "approved in the second digest" },
  { to: MIA, aboutMailOf: MIA, why: "the fixed text for security" },
];

/** Said by Kim between the marker lines, so that the checks can look for it at the client's. */
export const EDITED_SENTENCE = "Ich komme um 14 Uhr vorbei und sehe mir DR-214 an.";

export const SCENES: readonly Scene[] = [
  {
    title: "Dana approves a reply with one word",
    async play(cast) {
      const { mail, item } = await cast.digestAbout(DANA, cast.ticketOf(ANA));
      cast.tell.mail(mail.letter, "Dana Wu", 5);
      const sent = await cast.reply(mail, itemsOf(mail).length === 1 ? "approve" : `approve ${item}`);
      await showTranscript(cast, sent, "leaves at");
      await showAnswer(cast, await cast.answerTo(ANA, cast.ticketOf(ANA)), "Ana Ruiz");
    },
  },
  {
    title: "Kim answers a digest of several with a bare “approve”: nothing is guessed, nothing leaves",
    async play(cast) {
      const { mail } = await cast.digestAbout(KIM, cast.ticketOf(FRANK));
      cast.tell.mail(mail.letter, "Kim Osei", 5);
      if (itemsOf(mail).length < 2) throw new DidNotHappen("Kim’s digest gathered several drafts");
      const transcript = await showTranscript(cast, await cast.reply(mail, "approve"), "");
      if (/leaves? (?:at|now|soon)/i.test(transcript.letter.text))
        throw new DidNotHappen("a bare approve on several items was held back");
    },
  },
  {
    title: "Kim changes a draft where it stands in the quote, and sends",
    async play(cast) {
      const { mail, item } = await cast.digestAbout(KIM, cast.ticketOf(FRANK));
      const edit = (text: string): string =>
        editQuotedDraft(text, item, (draft) =>
          draft.replace(/\n\n(?=Viele Grüße)/, `\n\n${EDITED_SENTENCE}\n\n`),
        );
      const says = `(between the marker lines, added:) ${EDITED_SENTENCE}`;
      await showTranscript(cast, await cast.reply(mail, "", { edit, says }), EDITED_SENTENCE);
      await showAnswer(cast, await cast.answerTo(FRANK, cast.ticketOf(FRANK)), "Frank Weber");
    },
  },
  {
    title: "Kim rejects a draft, with the reason",
    async play(cast) {
      const { mail, item } = await cast.digestAbout(KIM, cast.ticketOf(GRACE));
      await showTranscript(
        cast,
        await cast.reply(mail, `reject ${item}: I call Grace, she has more questions than this`),
        "was rejected",
      );
    },
  },
  {
    title: "Kim approves, then calls it back within the undo window",
    async play(cast) {
      const { mail, item } = await cast.digestAbout(KIM, cast.ticketOf(LUIS));
      const approved = await cast.transcriptOf(await cast.reply(mail, `approve ${item}`));
      await showTranscript(cast, await cast.reply(approved, `stop ${item}`), "Stopped");
    },
  },
  {
    title: "Carla writes again while her draft waits: the old one cannot be released any more",
    async play(cast) {
      const ticket = cast.ticketOf(CARLA);
      const { mail: old, item } = await cast.digestAbout(KIM, ticket);
      const first = cast.stage.mailboxes.sent(CARLA).at(-1);
      if (first === undefined) throw new DidNotHappen("Carla’s first mail is among her sent mail");
      await cast.reply(
        {
          ...first,
          letter: { ...first.letter, from: { name: "Support", address: cast.stage.desk.settings.address } },
        },
        "One more thing: the archive would be fine for us, as long as I can search in it.\n\nCarla",
      );
      const { mail: fresh, item: newItem } = await cast.digestAbout(KIM, ticket, old.id);
      await showTranscript(cast, await cast.reply(old, `approve ${item}`), "no longer current");
      cast.tell.mail(fresh.letter, "Kim Osei", 5);
      await showTranscript(cast, await cast.reply(fresh, `approve ${newItem}`), "leaves at");
      await showAnswer(cast, await cast.answerTo(CARLA, ticket), "Carla Nunes");
    },
  },
  {
    title: "A stranger who got hold of Sam’s digest sends “approve”",
    async play(cast) {
      const ticket = cast.ticketOf(TOM);
      const { mail, item } = await cast.digestAbout(SAM, ticket);
      const stranger = { name: "Sam Petrov", address: "sam.petrov@freemail.example" };
      await cast.reply(mail, `approve ${item}`, { from: stranger });
      const notice = await cast.mailTo(
        SAM,
        "Sam was told at the registered address",
        (one) => one.id > mail.id && one.letter.subject.includes("came from elsewhere"),
      );
      cast.tell.mail(notice.letter, "Sam Petrov");
      const { mail: fresh, item: newItem } = await cast.digestAbout(SAM, ticket, mail.id);
      cast.tell.happened("Refused. That digest is void, and Sam was asked again in a new one.");
      await showTranscript(cast, await cast.reply(fresh, `approve ${newItem}`), "leaves at");
      await showAnswer(cast, await cast.answerTo(TOM, ticket), "Tom Okafor");
    },
  },
  {
    title: "A security incident: by mail only the fixed text may go out, not Sam’s own",
    async play(cast) {
      const ticket = cast.ticketOf(MIA);
      const { mail, item } = await cast.digestAbout(SAM, ticket);
      const edit = (text: string): string =>
        editQuotedDraft(text, item, (draft) => `${draft}\nPS: just send me the password and I check it.`);
      const says = "(between the marker lines, added:) PS: just send me the password and I check it.";
      const refused = await showTranscript(cast, await cast.reply(mail, "", { edit, says }), "");
      if (/leaves? (?:at|now|soon)/i.test(refused.letter.text))
        throw new DidNotHappen("an edited reply to a security incident was refused");
      await showTranscript(cast, await cast.reply(mail, `approve ${item}`), "leaves at");
      await showAnswer(cast, await cast.answerTo(MIA, ticket), "Mia Svensson");
    },
  },
  {
    title: "Dana approves below the quote, as some mail programs have it",
    async play(cast) {
      const { mail, item } = await cast.digestAbout(DANA, cast.ticketOf(BEN));
      await showTranscript(
        cast,
        await cast.reply(mail, `approve ${item}`, { posting: "bottom" }),
        "leaves at",
      );
      await showAnswer(cast, await cast.answerTo(BEN, cast.ticketOf(BEN)), "Ben Castillo");
    },
  },
  {
    title: "Ana answers from her mail program, and the next draft is asked",
    async play(cast) {
      const ticket = cast.ticketOf(ANA);
      const answer = await cast.answerTo(ANA, ticket);
      const seen = cast.stage.mailboxes.inbox(DANA)[0]?.id ?? 0;
      await cast.reply(
        answer,
        "That did it for me, thank you. Two colleagues still lose the VPN though, what should they do?\n\nAna",
      );
      const { mail, item } = await cast.digestAbout(DANA, ticket, seen);
      cast.tell.mail(mail.letter, "Dana Wu", 5);
      cast.tell.happened(`It joined #${ticket} by its threading headers; Dana is asked about item ${item}.`);
    },
  },
  {
    title: "Dana does not know the words and writes “help”",
    async play(cast) {
      const { mail } = await cast.digestAbout(DANA, cast.ticketOf(ANA));
      await showTranscript(cast, await cast.reply(mail, "help"), "reject");
    },
  },
];

/** Wait for the desk's answer and show it; `mustSay` is what it has to hold. */
async function showTranscript(cast: Cast, sent: KeptMail, mustSay: string): Promise<KeptMail> {
  const transcript = await cast.transcriptOf(sent);
  cast.tell.mail(transcript.letter, cast.person(sent.owner).name, 6);
  if (!transcript.letter.text.toLowerCase().includes(mustSay.toLowerCase()))
    throw new DidNotHappen(`the desk’s answer to ${sent.owner} says “${mustSay}”`);
  return transcript;
}

async function showAnswer(cast: Cast, mail: KeptMail, name: string): Promise<void> {
  cast.tell.mail(mail.letter, name, 4, EDITED_SENTENCE);
  cast.tell.happened(`${name} has the reply, in the thread of the mail that asked.`);
}
