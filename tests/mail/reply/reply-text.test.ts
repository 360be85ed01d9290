import { existsSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { readForward, splitReply, type ForwardedMessage } from "../../../src/mail/reply/reply-text.ts";
import { fixturesOf } from "../fixture-mail.ts";

interface Expected {
  readonly newText: string;
  readonly quotedTail?: string;
  readonly forward?: ForwardedMessage | null;
}

const letters = (text: string): string => text.replace(/\s/g, "").split("").sort().join("");
const newTextOf = (text: string): string => splitReply({ text, html: null }).newText;

describe("replies and forwards as mail programs write them", () => {
  test.each(fixturesOf("reply", ".txt"))("$name", ({ path }) => {
    const text = readFileSync(path, "utf8");
    const htmlPath = path.replace(/\.txt$/, ".html");
    const html = existsSync(htmlPath) ? readFileSync(htmlPath, "utf8") : null;
    const expected = JSON.parse(readFileSync(path.replace(/\.txt$/, ".json"), "utf8")) as Expected;
    const split = splitReply({ text, html });
    expect(split.newText).toBe(expected.newText);
    expect(letters(split.newText + split.quotedText)).toBe(letters(text));
    if (expected.quotedTail !== undefined) expect(split.quotedText.endsWith(expected.quotedTail)).toBe(true);
    if (expected.forward !== undefined) expect(readForward(text)).toEqual(expected.forward);
  });
});

/** Gmail, Apple Mail, Thunderbird, Yahoo, Proton and national providers, by language. */
const attributions = `
  On Tue, Mar 5, 2024 at 10:12 AM Ana Ruiz <ana@contoso.example> wrote:
  On Mar 5, 2024, at 10:12 AM, Ana Ruiz <ana@contoso.example> wrote:
  On 3/5/24 10:12, Ana Ruiz wrote:
  On 05/03/2024 10:12 AM, Ana Ruiz via RT wrote:
  On Tuesday, March 5, 2024 at 10:12:33 AM GMT+1, Ana Ruiz <ana@contoso.example> wrote:
  On Tuesday, March 5th, 2024 at 10:12 AM, Ana Ruiz <ana@contoso.example> wrote:
  --- On Wed, 4/4/12, ana@contoso.example <ana@contoso.example> wrote:
  ---- On Wed, 24 Feb 2021 14:02:50 +0530 ana@contoso.example wrote ----
  Am Di., 5. März 2024 um 10:12 Uhr schrieb Ana Ruiz <ana@contoso.example>:
  Am 05.03.2024 um 10:12 schrieb Ana Ruiz <ana@contoso.example>:
  Am 05.03.24 um 10:12 schrieb Ana Ruiz:
  Am Dienstag, den 05.03.2024, 10:12 +0100 schrieb Ana Ruiz:
  Ana Ruiz <ana@contoso.example> schrieb am Dienstag, 5. März 2024 um 10:12:
  Ana Ruiz <ana@contoso.example> schrieb am Di., 5. März 2024, 10:12:
  Ana Ruiz schrieb am 05.03.2024 um 10:12:
  Le mar. 5 mars 2024 à 10:12, Ana Ruiz <ana@contoso.example> a écrit :
  Le 5 mars 2024 à 10:12, Ana Ruiz <ana@contoso.example> a écrit :
  Le 05/03/2024 à 10:12, Ana Ruiz a écrit :
  Le mardi 5 mars 2024 à 10:12:33 UTC+1, Ana Ruiz <ana@contoso.example> a écrit :
  El mar, 5 mar 2024 a las 10:12, Ana Ruiz (<ana@contoso.example>) escribió:
  El 5 mar 2024, a las 10:12, Ana Ruiz <ana@contoso.example> escribió:
  El 5/3/24 a las 10:12, Ana Ruiz escribió:
  El martes, 5 de marzo de 2024, 10:12:33 CET, Ana Ruiz <ana@contoso.example> escribió:
  Il giorno mar 5 mar 2024 alle ore 10:12 Ana Ruiz <ana@contoso.example> ha scritto:
  Il giorno 5 mar 2024, alle ore 10:12, Ana Ruiz <ana@contoso.example> ha scritto:
  Il 05/03/2024 10:12, Ana Ruiz ha scritto:
  Il martedì 5 marzo 2024 alle ore 10:12:33 CET, Ana Ruiz <ana@contoso.example> ha scritto:
  Em ter., 5 de mar. de 2024 às 10:12, Ana Ruiz <ana@contoso.example> escreveu:
  Em 5 de mar. de 2024, à(s) 10:12, Ana Ruiz <ana@contoso.example> escreveu:
  No dia 05/03/2024, às 10:12, Ana Ruiz <ana@contoso.example> escreveu:
  Ana Ruiz <ana@contoso.example> escreveu no dia terça, 5/03/2024 à(s) 10:12:
  Em 05/03/2024 10:12, Ana Ruiz escreveu:
  Op di 5 mrt 2024 om 10:12 schreef Ana Ruiz <ana@contoso.example>:
  Op 5 mrt 2024 om 10:12 heeft Ana Ruiz <ana@contoso.example> het volgende geschreven:
  Op 05-03-2024 om 10:12 schreef Ana Ruiz:
  Den tis 5 mars 2024 kl 10:12 skrev Ana Ruiz <ana@contoso.example>:
  5 mars 2024 kl. 10:12 skrev Ana Ruiz <ana@contoso.example>:
  Den 2024-03-05 kl. 10:12, skrev Ana Ruiz:
  Den tirs. 5. mar. 2024 kl. 10.12 skrev Ana Ruiz <ana@contoso.example>:
  Den 5. mar. 2024 kl. 10.12 skrev Ana Ruiz <ana@contoso.example>:
  Den 05.03.2024 kl. 10.12 skrev Ana Ruiz:
  tir. 5. mar. 2024 kl. 10:12 skrev Ana Ruiz <ana@contoso.example>:
  5. mar. 2024 kl. 10:12 skrev Ana Ruiz <ana@contoso.example>:
  ti 5. maalisk. 2024 klo 10.12 Ana Ruiz (ana@contoso.example) kirjoitti:
  Ana Ruiz <ana@contoso.example> kirjoitti 5.3.2024 kello 10.12:
  Ana Ruiz kirjoitti 5.3.2024 klo 10.12:
  wt., 5 mar 2024 o 10:12 Ana Ruiz <ana@contoso.example> napisał(a):
  W dniu 5.03.2024 o 10:12, Ana Ruiz pisze:
  Wiadomość napisana przez Ana Ruiz <ana@contoso.example> w dniu 5 mar 2024, o godz. 10:12:
  Dnia 5 marca 2024 10:12 Ana Ruiz <ana@contoso.example> napisał(a):
  út 5. 3. 2024 v 10:12 odesílatel Ana Ruiz <ana@contoso.example> napsal:
  5. 3. 2024 v 10:12, Ana Ruiz <ana@contoso.example>:
  Dne 05. 03. 24 v 10:12 Ana Ruiz napsal(a):
  вт, 5 мар. 2024 г. в 10:12, Ana Ruiz <ana@contoso.example>:
  5 марта 2024 г., в 10:12, Ana Ruiz <ana@contoso.example> написал(а):
  05.03.2024 10:12, Ana Ruiz пишет:
  Вторник, 5 марта 2024, 10:12 +03:00 от Ana Ruiz <ana@contoso.example>:
  05.03.2024, 10:12, "Ana Ruiz" <ana@contoso.example>:
  02.04.2012 14:20 пользователь "ana@contoso.example" <ana@contoso.example> написал:
  Ana Ruiz <ana@contoso.example>, 5 Mar 2024 Sal, 10:12 tarihinde şunu yazdı:
  Ana Ruiz <ana@contoso.example> şunları yazdı (5 Mar 2024 10:12):
  5.03.2024 10:12 tarihinde Ana Ruiz yazdı:
  Ana Ruiz <ana@contoso.example> 于2024年3月5日周二 10:12写道：
  Ana Ruiz <ana@contoso.example> 於 2024年3月5日 週二 上午10:12寫道：
  2024年3月5日 10:12，Ana Ruiz <ana@contoso.example> 写道：
  在 2024/3/5 10:12, Ana Ruiz 写道:
  在 2024年3月5日星期二，Ana Ruiz <ana@contoso.example> 写道：
  在2024-03-05 10:12:33，"Ana Ruiz" <ana@contoso.example> 写道：
  2024年3月5日(火) 10:12 Ana Ruiz <ana@contoso.example>:
  2024/03/05 10:12、Ana Ruiz <ana@contoso.example>のメール:
  2024年3月5日 10:12、Ana Ruiz <ana@contoso.example>のメール：
  On 2024/03/05 10:12, Ana Ruiz wrote:
  2024년 3월 5일 (화) 오전 10:12, Ana Ruiz <ana@contoso.example>님이 작성:
  Ana Ruiz <ana@contoso.example> ezt írta (időpont: 2024. márc. 5., K, 10:12):
  În mar., 5 mar. 2024 la 10:12, Ana Ruiz <ana@contoso.example> a scris:
  Στις Τρί 5 Μαρ 2024 στις 10:12 π.μ., ο χρήστης Ana Ruiz <ana@contoso.example> έγραψε:
  ‫בתאריך יום ג׳, 5 במרץ 2024 ב-10:12 מאת ‪Ana Ruiz‬‏ <‪ana@contoso.example‬‏>:‬
`
  .split("\n")
  .map((line) => line.trim())
  .filter((line) => line !== "");

/** Programs wrap at 72 to 78 columns, so anywhere; Gmail also right behind `<`. */
function wrappings(line: string): string[] {
  const words = line.split(" ");
  const cuts = [Math.floor(words.length / 2), words.length - 1, words.length - 2].filter((cut) => cut > 0);
  const wrapped = cuts.map((cut) => `${words.slice(0, cut).join(" ")}\n${words.slice(cut).join(" ")}`);
  return [line, ...wrapped, line.replace("<", "<\n")];
}

describe("attribution lines", () => {
  test.each(attributions)("%s", (line) => {
    for (const attribution of wrappings(line)) {
      const text = `Here it is.\nAna\n\n${attribution}\n\n> Please send the log.\n> Thanks\n`;
      expect(newTextOf(text)).toBe("Here it is.\nAna");
    }
  });

  test.each(attributions.filter((line) => line.includes("@")))("above text without marks: %s", (line) => {
    expect(newTextOf(`Here it is.\n\n${line}\n\nPlease send the log.\n`)).toBe("Here it is.");
  });

  test.each([
    "On Monday I wrote:",
    "On the other hand it wrote:",
    "Bob wrote:",
    "I have three points on 5/3/2024:",
    "Contact ana@contoso.example at 10:15 on 2024-03-05:",
    "Le 5 mars 2024 à 10:12 le serveur est tombé. Le journal dit :",
    "On 5/3/2024 at 10:12 the server wrote:",
    "From Monday on:",
  ])("prose stays: %s", (line) => {
    expect(newTextOf(`${line}\n\nplease look at it\n`)).toBe(`${line}\n\nplease look at it`);
  });
});

describe("header blocks by language", () => {
  test.each([
    ["en", "From", "Sent", "To", "Subject"],
    ["de", "Von", "Gesendet", "An", "Betreff"],
    ["fr", "De", "Envoyé", "À", "Objet"],
    ["es", "De", "Enviado", "Para", "Asunto"],
    ["it", "Da", "Inviato", "A", "Oggetto"],
    ["pt", "De", "Enviada em", "Para", "Assunto"],
    ["nl", "Van", "Verzonden", "Aan", "Onderwerp"],
    ["sv", "Från", "Skickat", "Till", "Ämne"],
    ["da", "Fra", "Sendt", "Til", "Emne"],
    ["nb", "Fra", "Sendt", "Til", "Emne"],
    ["fi", "Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"],
    ["pl", "Od", "Wysłano", "Do", "Temat"],
    ["cs", "Od", "Odesláno", "Komu", "Předmět"],
    ["ru", "От", "Отправлено", "Кому", "Тема"],
    ["tr", "Kimden", "Gönderildi", "Kime", "Konu"],
    ["zh", "发件人", "发送时间", "收件人", "主题"],
    ["zh-TW", "寄件者", "寄件日期", "收件者", "主旨"],
    ["ja", "差出人", "送信日時", "宛先", "件名"],
    ["ko", "보낸 사람", "보낸 날짜", "받는 사람", "제목"],
  ])("%s", (_language, from, sent, to, subject) => {
    for (const colon of [":", " :", "："]) {
      const block = [
        `${from}${colon} Dana Wu <dana@msp.example>`,
        `${sent}${colon} 5. 3. 2024 10:12`,
        `${to}${colon} Ana Ruiz <ana@contoso.example>`,
        `${subject}${colon} Drucker`,
      ].join("\n");
      expect(newTextOf(`Danke!\n\n${block}\n\nAlter Text\n`)).toBe("Danke!");
      expect(readForward(`Danke!\n\n${block}\n\nAlter Text\n`)?.address).toBe("dana@msp.example");
    }
  });
});

describe("lines that devices add", () => {
  test.each([
    "Sent from my iPhone",
    "Sent from my Galaxy S22",
    "Sent from Mail for Windows",
    "Sent from Outlook for Android",

    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Get Outlook for Android<https://aka.ms/x>",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für iOS",
    "Gesendet von meinem Samsung-Gerät",
    "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
    "Envoyé de mon iPhone",
    "Envoyé à partir de Outlook pour iOS",
    "Télécharger Outlook pour Android",
    "Enviado desde mi iPhone",
    "Obtener Outlook para iOS",
    "Inviato da iPhone",
    "Scarica Outlook per iOS",
    "Enviado do meu iPhone",

    "Obter o Outlook para Android",
    "Verstuurd vanaf mijn iPhone",
    "Outlook voor iOS downloaden",
    "Skickat från min iPhone",
    "Hämta Outlook för iOS",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Skaff deg Outlook for iOS",

    "Lähetetty iPhonesta",
    "Hanki Outlook for iOS",
    "Wysłane z iPhone'a",
    "Pobierz program Outlook dla systemu iOS",
    "Odesláno z iPhonu",
    "Získat Outlook pro iOS",
    "Отправлено с iPhone",
    "Скачать Outlook для iOS",

    "iPhone'umdan gönderildi",
    "iOS için Outlook'u edinin",
    "发自我的iPhone",
    "从我的 iPhone 发送",
    "iPhoneから送信",
    "Outlook for iOS を入手",
    "나의 iPhone에서 보냄",
  ])("%s", (line) => {
    const split = splitReply({ text: `Fine by me.\n\n${line}\n`, html: null });
    expect(split).toEqual({ newText: "Fine by me.", quotedText: line });
  });

  test.each([
    "Sent from the branch office in Lyon this morning, please check it",
    "Von meinem Arbeitsplatz aus geht es nicht",
    "Outlook on my iPhone is empty",
    "从我的电脑无法登录",
    "Download Outlook fails on my PC",
    "Android phone lost",
  ])("prose stays: %s", (line) => {
    expect(newTextOf(`Hello,\n\n${line}\n`)).toBe(`Hello,\n\n${line}`);
  });
});

test("every kind of line end is read, and written as LF", () => {
  expect(newTextOf("a\r\nb\rc\n> q\r\n")).toBe("a\nb\nc");
});

test.each(["approve 1", "reject 2", "approve 1, 3"])(
  "a short word and a digit above an attribution is new text: %s",
  (word) => {
    expect(newTextOf(`${word}\nOn Sun, Nov 22, 2026 at 8:10 PM Desk <r@desk.example> wrote:\n> x`)).toBe(
      word,
    );
  },
);
