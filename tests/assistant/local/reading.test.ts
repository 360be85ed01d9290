import { describe, expect, it } from "vitest";
import { confidenceOf } from "../../../src/assistant/local/confidence.ts";
import { detectLanguage } from "../../../src/assistant/local/language.ts";
import { readLetter } from "../../../src/assistant/local/letter.ts";
import { PhraseIndex } from "../../../src/assistant/local/phrases.ts";
import { findQuestions } from "../../../src/assistant/local/questions.ts";
import { wordsOf } from "../../../src/assistant/local/words.ts";

describe("phrases", () => {
  it.each([
    ["vpn", "My VPN drops", true],
    ["vpn", "see https://vpn.contoso.example or vpn@contoso.example", false],
    ["vpn", "vpnx", false],
    ["printer", "two printers", true],
    ["class", "clas", false],
    ["druck*", "der Drucker", true],
    ["drücker", "Druecker", true],
    ["drücker", "drucker", true],
    ["*drucker", "Etikettendrucker", true],
    ["*drucker", "Drucker", true],
    ["can't log in", "I can’t log in", true],
    ["reset .. password", "reset my old password", true],
    ["reset .. password", "reset password", true],
    ["reset .. password", "reset the thing that is my password", false],
    ["e-mail", "Meine E-Mail", true],
    ["am <number>", "am 3 ist er da", true],
    ["<date>", "on 01.12.2026, please", true],
    ["<date>", "next Monday", true],
    ["<address>", "to ana@contoso.example", true],
    ["<link>", "see www.contoso.example", true],
    ["mot de passe oublié", "Mot de passe oublie", true],
  ])("%s in %j: %s", (phrase, text, wanted) => {
    const index = new PhraseIndex<number>();
    index.add(phrase, 1);
    expect(index.find(wordsOf(text)).length > 0).toBe(wanted);
  });
});

describe("language", () => {
  it.each([
    ["en", "Hello, my computer does not start since this morning and I cannot work."],
    ["de", "Hallo, mein Rechner startet seit heute Morgen nicht mehr und ich kann nicht arbeiten."],
    ["fr", "Bonjour, mon ordinateur ne démarre plus depuis ce matin et je ne peux pas travailler."],
    ["es", "Hola, mi ordenador no arranca desde esta mañana y no puedo trabajar, gracias."],
    ["nl", "Hallo, mijn computer start niet meer op sinds vanochtend en ik kan niet werken."],
    ["it", "Buongiorno, il mio computer non si avvia da questa mattina e non posso lavorare, grazie."],
    ["pt", "Olá, o meu computador não liga desde esta manhã e não posso trabalhar, obrigado."],
    ["pl", "Dzień dobry, mój komputer nie działa od rana i nie mogę pracować, proszę o pomoc."],
    ["sv", "Hej, min dator startar inte sedan i morse och jag kan inte arbeta, tack."],
    ["da", "Hej, min computer starter ikke siden i morges, og jeg kan ikke arbejde, tak."],
    ["cs", "Dobrý den, můj počítač od rána nejde zapnout a nemůžu pracovat, prosím o pomoc, děkuji."],
    ["tr", "Merhaba, bilgisayarım sabahtan beri açılmıyor ve çalışamıyorum, yardım lütfen, teşekkürler."],
    ["ru", "Здравствуйте, мой компьютер не включается с утра, VPN тоже не работает."],
    ["uk", "Добрий день, мій комп'ютер не вмикається з ранку, я не можу працювати."],
    ["ja", "今朝からパソコンが起動しません。VPNも使えません。"],
    ["zh", "我的电脑从今天早上开始无法启动，请帮忙。"],
    ["ko", "오늘 아침부터 컴퓨터가 켜지지 않습니다."],
    ["el", "Ο υπολογιστής μου δεν ανοίγει από το πρωί."],
    ["he", "המחשב שלי לא נדלק מהבוקר"],
    ["ar", "جهاز الكمبيوتر لا يعمل منذ الصباح"],
    ["th", "คอมพิวเตอร์เปิดไม่ติดตั้งแต่เช้า"],
    ["hi", "मेरा कंप्यूटर सुबह से चालू नहीं हो रहा है"],
    ["en", "The office in Αθήνα cannot print and we do not know why."],
    ["en", "VPN"],
    ["en", ""],
  ])("%s: %s", (language, text) => {
    expect(detectLanguage(wordsOf(text)).value).toBe(language);
  });

  it.each([
    ["Drucker druckt nicht", "de"],
    ["Ordinateur lent", "fr"],
    ["Portátil nuevo para Marta", "es"],
    ["stampante rotta", "it"],
    ["Wachtwoord vergeten", "nl"],
    ["Impressora avariada", "pt"],
    ["Drive access for Bo", "en"],
  ])(
    "tells the language of a mail of a few words, and is sure enough to answer in it: %s",
    (text, language) => {
      const found = detectLanguage(wordsOf(text));
      expect([found.value, found.confidence >= 0.5 || language === "en"]).toEqual([language, true]);
    },
  );

  it("is unsure where nothing tells", () => {
    expect(detectLanguage(wordsOf("VPN xyz")).confidence).toBeLessThan(0.5);
  });
});

describe("a letter", () => {
  it.each([
    ["greeting and closing", "Hi team,\n\nit broke.\n\nThanks,\nAna Ruiz\nContoso", "it broke.", "Ana Ruiz"],
    ["one line", "Hi Dana, it broke. Thanks", "it broke. Thanks", ""],
    ["a delimiter", "It broke.\n-- \nAna Ruiz\nContoso", "It broke.", "Ana Ruiz"],
    ["a device line", "It broke.\n\nSent from my iPhone", "It broke.", ""],
    [
      "thanks that go on",
      "Thanks, that worked but the printer is still off.\nAnd now the other one.",
      "Thanks, that worked but the printer is still off.\nAnd now the other one.",
      "",
    ],
    ["a bare name", "It broke again.\nTim", "It broke again.", "Tim"],
    [
      "German",
      "Guten Tag Frau Wu,\nes ist kaputt.\nMit freundlichen Grüßen\nJens Albers",
      "es ist kaputt.",
      "Jens Albers",
    ],
    ["name on the closing line", "It broke.\nCheers, Jo", "It broke.", "Jo"],
    [
      "a long body below thanks",
      `Thanks\n${"line of text here\n".repeat(30)}`.trim(),
      `Thanks\n${"line of text here\n".repeat(30)}`.trim(),
      "",
    ],
  ])("%s", (_, text, body, signedBy) => {
    expect(readLetter(text)).toMatchObject({ body, signedBy });
  });

  it("joins wrapped lines and keeps dates, abbreviations and list items whole", () => {
    const text =
      "Since the update on 3. March the connection that we use every day\nis slow, e.g. in Excel. Why?\n- first item\n- second item";
    expect(readLetter(text).sentences).toEqual([
      "Since the update on 3. March the connection that we use every day is slow, e.g. in Excel.",
      "Why?",
      "first item",
      "second item",
    ]);
  });
});

describe("questions", () => {
  it.each([
    [["Is it safe?"], ["Is it safe?"]],
    [["can you check the line", "It is slow."], ["can you check the line"]],
    [["Wann kommt jemand", "Danke."], ["Wann kommt jemand"]],
    [["https://contoso.example/?"], []],
    [["I wonder."], []],
    [["Why?", "Why?"], ["Why?"]],
  ])("%j", (sentences, questions) => {
    expect(findQuestions(sentences)).toEqual(questions);
  });
});

describe("confidence", () => {
  it.each([
    [0, 0, 0.2],
    [2, 0, 0.5],
    [4.5, 0, 0.65],
    [4.5, 4.5, 0.4],
    [10, 0, 0.78],
    [10, 6, 0.59],
    [20, 0, 0.85],
    [1000, 0, 0.85],
  ])("best %d, next %d: %d", (best, next, wanted) => {
    expect(confidenceOf(best, next)).toBe(wanted);
  });
});
