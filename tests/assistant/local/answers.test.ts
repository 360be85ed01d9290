import { describe, expect, it } from "vitest";
import { answerQuestions, type ToAnswer } from "../../../src/assistant/local/answers.ts";
import { questionKind } from "../../../src/assistant/local/question-kind.ts";
import { clientPart, shownArticle } from "../../../src/assistant/local/reply-article.ts";
import { guardDraft } from "../../../src/assistant/guard/guard.ts";
import { contextOf, mail, requestOf, starterEngine, starterLanguages, vpnArticle } from "../support.ts";

describe("questionKind", () => {
  it.each([
    ["Could you please have a look?", "service"],
    ["Can somebody look at it please?", "service"],
    ["Could you reset it and send me the new one here?", "service"],
    ["Könnten Sie sich das bitte ansehen?", "service"],
    ["Können Sie das bis Freitag einrichten?", "service"],
    ["Pouvez-vous regarder ?", "service"],
    ["Kunt u dit oplossen?", "service"],
    ["What can I do?", "next-step"],
    ["What should I do now?", "next-step"],
    ["I have a client call at 11, is there a workaround?", "next-step"],
    ["Was kann ich tun?", "next-step"],
    ["Wie kann ich das abstellen?", "next-step"],
    ["Is there anything else you need from me to set her up?", "needs"],
    ["Brauchen Sie noch etwas von mir?", "needs"],
    ["Is this phishing?", "genuine"],
    ["Ist die Mail echt?", "genuine"],
    ["When will it be fixed?", "time"],
    ["How long does it take?", "time"],
    ["Wann ist das erledigt?", "time"],
    ["Can you tell me when it will work again?", "time"],
    ["How much is a new one?", "price"],
    ["Could you tell me what it would cost?", "price"],
    ["Was kostet das?", "price"],
    ["Does the new client run on macOS?", "fact"],
    ["Can you tell me which version we have?", "fact"],
    ["Why does it drop?", "fact"],
    ["Welche Version haben wir?", "fact"],
  ])("%s: %s", (question, kind) => {
    expect(questionKind(question)).toBe(kind);
  });
});

const languages = await starterLanguages();
const phrasesIn = (language: string) => languages.phrasesOf(language) ?? languages.english;
const BODY = "Hi Ana,\n\nThank you.\n\nWe are looking into it.\n\nDana Wu\nNorthwind Support";
const archive = {
  articleId: 4,
  title: "Mailbox archive",
  source: "articles/archive.md",
  score: 3,
  excerpt:
    "Mail in the archive stays searchable in Outlook on the web.\n\nThe archive keeps mail that is older than two years.\n\nFor technicians: the archive needs the Plan 2 licence.",
};
const asking = (questions: readonly string[], over: Partial<ToAnswer> = {}): ToAnswer => ({
  questions,
  body: BODY,
  template: "client/general",
  phrases: languages.english,
  detect: (words) => languages.detect(words),
  fixed: false,
  shown: null,
  articles: [archive],
  device: null,
  granted: [],
  ...over,
});

describe("answerQuestions", () => {
  it("answers from an article, in its own words, and names it", () => {
    const question = "Does old mail in the archive stay searchable?";
    const { body, questions, sources, articleIds } = answerQuestions(asking([question]));
    const sentence = "Mail in the archive stays searchable in Outlook on the web.";
    expect(body).toBe(BODY.replace("We are looking", `${sentence}\n\nWe are looking`));
    expect(questions).toEqual([{ question, answeredBy: "article" }]);
    expect(sources).toEqual([{ sentence, kind: "article", name: "Mailbox archive" }]);
    expect(articleIds).toEqual([4]);
  });

  describe("asked what to do, under a template that shows no article", () => {
    const shown = {
      title: "Mailbox full",
      steps: ["Empty the folder Junk Email.", "We switch the archive on."],
      excerpt: "",
    };
    const question = "What can I do?";

    it("says what the article says, and names it", () => {
      const { body, questions } = answerQuestions(asking([question, "Any idea?"], { shown }));
      expect(body).toBe(
        BODY.replace(
          "We are looking",
          "From our guide “Mailbox full”:\n\n1. Empty the folder Junk Email.\n2. We switch the archive on.\n\nWe are looking",
        ),
      );
      expect(questions.map((one) => one.answeredBy)).toEqual(["article", "article"]);
    });

    it.each([
      ["one step", { ...shown, steps: ["We switch the archive on."] }, "We switch the archive on."],
      ["prose", { ...shown, steps: [], excerpt: "We make room." }, "We make room."],
    ])("says %s without a number", (_, one, says) => {
      expect(answerQuestions(asking([question], { shown: one })).body).toContain(`”:\n\n${says}\n\nWe are`);
    });

    it("says it once where the template shows it, and leaves alone what may not be changed", () => {
      const body = BODY.replace("We are looking", "1. We switch the archive on.\n\nWe are looking");
      expect(answerQuestions(asking([question], { shown, body })).body).toBe(body);
      expect(answerQuestions(asking([question], { shown, fixed: true })).body).toBe(BODY);
    });

    it("counts nothing as answered that the reply does not show", () => {
      const { guide: _, ...without } = languages.english;
      const left = answerQuestions(asking([question], { shown, phrases: without }));
      expect(left.questions).toEqual([{ question, answeredBy: "open" }]);
      expect(left.body).toContain("One of our technicians will also answer your question");
      const asked = "Does old mail in the archive stay searchable?";
      const inArticle = {
        ...shown,
        steps: ["Mail in the archive stays searchable in Outlook on the web.", "Wait."],
      };
      expect(answerQuestions(asking([asked], { shown: inArticle })).body).toContain("stays searchable");
    });
  });

  it("never from what an article says to technicians, nor in another language", () => {
    const [licence, german] = [
      "Does the archive need a Plan 2 licence?",
      "Does old mail in the archive stay searchable?",
    ];
    expect(answerQuestions(asking([licence])).questions[0]?.answeredBy).toBe("open");
    expect(answerQuestions(asking([german], { phrases: phrasesIn("de") })).questions[0]?.answeredBy).toBe(
      "open",
    );
  });

  it("says of what it cannot answer that a technician will, in the client's words", () => {
    const { body, questions } = answerQuestions(asking(["Does the new client run on macOS?"]));
    expect(questions[0]?.answeredBy).toBe("open");
    expect(body).toContain(
      "\n\nOne of our technicians will also answer your question: “Does the new client run on macOS?”\n\nWe are looking",
    );
  });

  it("lists several, each once", () => {
    const asked = [
      "Why does it drop?",
      "How much is a new one?",
      "What does it cost?",
      "When will it be fixed?",
      "Could you look?",
    ];
    const { body, questions } = answerQuestions(asking(asked));
    expect(questions.map((one) => one.answeredBy)).toEqual(["open", "open", "open", "open", "template"]);
    expect(body).toContain(
      "answer your questions:\n\n- Why does it drop?\n- the cost\n- the timing\n\nWe are looking",
    );
  });

  it.each([
    ["Can this be done before Friday, 5 pm?", "en"],
    ["Is it free of charge?", "en"],
    ["Ist das bis morgen um 17 Uhr erledigt?", "de"],
    ...["de", "fr", "es", "it", "nl"].flatMap((language) => [
      ["Can this be done before Friday, 5 pm?", language],
      ["Is it free of charge?", language],
    ]),
    ["Is https://evil.example the right page?", "en"],
    ["Do I write to bob@evil.example?", "en"],
    ["Is my password Summer24! too short?", "en"],
  ])("never puts a promise, a link or a secret of the client's into our mouth: %s", (question, language) => {
    const { body } = answerQuestions(asking([question], { phrases: phrasesIn(language), articles: [] }));
    expect(guardDraft(body, { allowedAddresses: [], allowedLinkHosts: [], ownDomains: [] })).toEqual([]);
  });

  it("leaves a fixed text as it is, and still says what is open", () => {
    const { body, questions } = answerQuestions(
      asking(["When will I get in again?"], { fixed: true, template: "client/identity-callback" }),
    );
    expect(body).toBe(BODY);
    expect(questions).toEqual([{ question: "When will I get in again?", answeredBy: "open" }]);
  });

  it("takes the steps that are shown for an answer to what to do", () => {
    const shown = shownArticle(vpnArticle.title, vpnArticle.excerpt);
    expect(answerQuestions(asking(["What can I do?"], { shown })).questions[0]?.answeredBy).toBe("article");
    expect(answerQuestions(asking(["What can I do?"])).questions[0]?.answeredBy).toBe("open");
  });
});

describe("a draft's sources", () => {
  it("names one for each sentence between greeting and signature", async () => {
    const engine = await starterEngine();
    const context = contextOf({ articles: [vpnArticle] });
    const message = mail({
      subject: "VPN drops",
      newText: "My VPN drops every hour. Does the new client run on macOS?",
    });
    const triage = await engine.triage(message, context);
    const draft = await engine.draft(requestOf(triage, message, context));
    expect(draft.unsourced).toEqual([]);
    expect(draft.sources).toContainEqual({
      sentence: "Open the VPN client.",
      kind: "article",
      name: vpnArticle.title,
    });
    expect(draft.sources.map((one) => one.sentence)).not.toContain("Hi Ana,");
    const named = draft.sources.map((one) => one.sentence).join("\n");
    for (const line of draft.body.split("\n").slice(1, -2))
      for (const part of line.replace(/^(?:- |\d\. )/, "").split(/(?<=[.:?”]) /))
        if (part !== "") expect(named).toContain(part.trim());
    const again = await engine.draft(
      requestOf(triage, message, context, {
        instruction: "say: the gateway was replaced",
        previous: draft.body,
      }),
    );
    expect(again.unsourced).toEqual(["The gateway was replaced."]);
    expect(again.sources.map((one) => one.sentence)).not.toContain("The gateway was replaced.");
  });
});

describe("what an article says to technicians", () => {
  it.each([
    ["Use it.\n\nFor technicians: restart the spooler.", "Use it."],
    ["Use it.\n**For technicians:** restart\nthe spooler.\n\nThen print.", "Use it.\n\nThen print."],
    ["Gehen Sie so vor.\n\nFür Techniker: Dienst neu starten.", "Gehen Sie so vor."],
    ["> Internal: the vendor is slow.", ""],
    ["For technicians there is a room.", "For technicians there is a room."],
  ])("stays out of %j", (excerpt, left) => {
    expect(clientPart(excerpt)).toBe(left);
  });
});
