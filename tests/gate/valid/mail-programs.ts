import { convert } from "html-to-text";
import type { HtmlToTextOptions } from "html-to-text";
import { escapeHtml } from "../../../src/mail/compose/markdown.ts";
import type { Language, Quoted } from "./languages.ts";

/** How mail programs write a reply to a mail of two parts: what stands above the quote, the quote, and in which parts. */

/** The mail answered, its draft edited or not, and what the person typed. */
export interface Writing {
  /** Typed words, one line each. */
  readonly typed: readonly string[];
  /** Below the typed words: a name, a closing. */
  readonly signed: readonly string[];
  /** The quoted mail's parts, with the edits in them. */
  readonly text: string;
  readonly html: string;
  readonly quoted: Quoted;
  readonly language: Language;
  /** The item whose draft was edited; `null` for none. */
  readonly edited: number | null;
}

/** `null` for a part that the program leaves out. */
export interface Parts {
  readonly text: string | null;
  readonly html: string | null;
  /** RFC 3676. */
  readonly flowed?: boolean;
}

export interface MailProgram {
  readonly name: string;
  readonly write: (writing: Writing) => Parts;
}

const quote = (text: string, sign = "> "): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? sign.trimEnd() : sign + line))
    .join("\n");

function wrapped(text: string, width: number, flowed = false): string {
  return text
    .split("\n")
    .map((line) => {
      const marks = /^(?:> ?)*/.exec(line)?.[0] ?? "";
      const lines: string[] = [];
      let current = "";
      for (const word of line.slice(marks.length).split(" ")) {
        if (current !== "" && marks.length + current.length + 1 + word.length > width) {
          lines.push(flowed ? `${current} ` : current);
          current = word;
        } else current = current === "" ? word : `${current} ${word}`;
      }
      return [...lines, current].map((one) => marks + one).join("\n");
    })
    .join("\n");
}

interface TextStyle {
  readonly bold: string;
  readonly link: (label: string, href: string) => string;
  readonly bullet: string;
}

/** HTML as a program makes text of it for its other part. */
function textOf(html: string, style: TextStyle): string {
  const options: HtmlToTextOptions = {
    wordwrap: false,
    formatters: {
      link(element, walk, builder) {
        const href = (element.attribs as Record<string, string> | undefined)?.["href"] ?? "";
        walk(element.children, builder);
        builder.addInline(style.link("", href).replace(/^ /, " "), { noWordTransform: true });
      },
      strong(element, walk, builder) {
        builder.addLiteral(style.bold);
        walk(element.children, builder);
        builder.addLiteral(style.bold);
      },
    },
    selectors: [
      { selector: "a", format: "link" },
      { selector: "b", format: "strong" },
      { selector: "strong", format: "strong" },
      { selector: "img", format: "skip" },
      { selector: "ul", format: "unorderedList", options: { itemPrefix: style.bullet } },
      { selector: "tr", format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: "h1", format: "block" },
      { selector: "h2", format: "block" },
    ],
  };
  return convert(html, options).trim();
}

const GMAIL: TextStyle = { bold: "*", link: (_, href) => ` <${href}>`, bullet: "   - " };
const OUTLOOK: TextStyle = { bold: "", link: (_, href) => `<${href}>`, bullet: "  *   " };
const APPLE: TextStyle = { bold: "", link: (_, href) => ` <${href}>`, bullet: "• " };
const PLAIN: TextStyle = { bold: "*", link: (_, href) => ` <${href}>`, bullet: "  * " };

/** The body of the quoted mail, as a program takes it over: without head and styles. */
function bodyOf(html: string): string {
  return html
    .replace(/<style[\s\S]*?<\/style>/gi, "")
    .replace(/^[\s\S]*?<body[^>]*>/i, "")
    .replace(/<\/body>[\s\S]*$/i, "");
}

/** Exchange and Outlook for the web rename what could clash with their own page. */
const prefixed = (html: string): string => html.replace(/\b(class|id)="([^"]+)"/g, '$1="x_$2"');

/** Word writes a paragraph for each line, with its own classes, and capitals for spaces it must keep. */
const asWord = (html: string): string =>
  html
    .replace(/<div\b[^>]*>/gi, '<div><p class=MsoNormal style="mso-margin-top-alt:auto">')
    .replace(/<\/div>/gi, "<o:p></o:p></p></div>")
    .replace(/<br\s*\/?>/gi, "<br>\r\n");

/** Exchange Online Protection, on the way in: every link of the quoted mail. */
const safeLinks = (html: string): string =>
  html.replace(
    /href="(https?:[^"]+)"/gi,
    (_, url: string) =>
      `href="https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(url.replaceAll("&amp;", "&"))}&amp;data=05%7C02%7Cdana%40msp.example%7C9f8e&amp;sdata=Q2hlY2s%3D&amp;reserved=0"`,
  );

const escaped = escapeHtml;
const divs = (lines: readonly string[]): string =>
  lines.map((line) => (line === "" ? "<div><br></div>" : `<div>${escaped(line)}</div>`)).join("");
const below = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ["", ...lines]);

function headerBlock({ language, quoted }: Writing): readonly (readonly [string, string])[] {
  const [from, sent, to, subject] = language.labels;
  const colon = language.code === "fr" ? " :" : ":";
  return [
    [`${from}${colon}`, `${quoted.name} <${quoted.address}>`],
    [`${sent}${colon}`, language.sent],
    [`${to}${colon}`, `Dana Wu <${quoted.to}>`],
    [`${subject}${colon}`, quoted.subject],
  ];
}

const blockText = (writing: Writing): string =>
  headerBlock(writing)
    .map(([label, value]) => `${label} ${value}`)
    .join("\n");
const blockHtml = (writing: Writing): string =>
  headerBlock(writing)
    .map(([label, value]) => `<b>${escaped(label)}</b> ${escaped(value)}`)
    .join("<br>");

function gmail(device: string | null): MailProgram["write"] {
  return (writing) => {
    const { typed, signed, html, quoted, language } = writing;
    const lines = [...typed, ...below(signed), ...below(device === null ? [] : [device])];
    const attribution = language.gmail(quoted);
    const body = bodyOf(html).replace(/\bclass="/g, 'class="m_-4711');
    const attributionHtml = escaped(attribution).replace(
      escaped(quoted.address),
      `<a href="mailto:${quoted.address}">${escaped(quoted.address)}</a>`,
    );
    return {
      text: `${lines.join("\n")}\n\n${wrapped(attribution, 78)}\n\n${wrapped(quote(textOf(body, GMAIL)), 78)}\n`,
      html: `<div dir="ltr">${divs(lines)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">${attributionHtml}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${body}</blockquote></div>\n`,
    };
  };
}

const outlookClassic: MailProgram["write"] = (writing) => {
  const lines = [...writing.typed, ...below(writing.signed)];
  const body = safeLinks(asWord(bodyOf(writing.html)));
  const paragraphs = lines
    .map((line) => `<p class=MsoNormal>${line === "" ? "&nbsp;" : escaped(line)}<o:p></o:p></p>`)
    .join("");
  return {
    text: `${lines.join("\r\n")}\r\n\r\n${blockText(writing)}\r\n\r\n${textOf(safeLinks(bodyOf(writing.html)), OUTLOOK)}\r\n`,
    html: `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15 (filtered medium)"><style><!-- p.MsoNormal {margin:0in;} --></style></head><body lang=EN-US style='word-wrap:break-word'><div class=WordSection1>${paragraphs}<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal>${blockHtml(writing)}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>${body}</div></body></html>`,
  };
};

function outlookWeb(device: ((language: Language) => string) | null, htmlOnly = false): MailProgram["write"] {
  return (writing) => {
    const { typed, signed, language } = writing;
    const lines = [...typed, ...below(signed)];
    const body = safeLinks(prefixed(bodyOf(writing.html)));
    const mobile = device?.(language);
    const deviceHtml =
      mobile === undefined
        ? ""
        : `<div id="ms-outlook-mobile-signature"><div><br></div><a href="https://aka.ms/o0ukef">${escaped(mobile)}</a></div>`;
    const deviceText = mobile === undefined ? "" : `\n\n${mobile}<https://aka.ms/o0ukef>`;
    return {
      text: htmlOnly
        ? null
        : `${lines.join("\n")}${deviceText}\n________________________________\n${blockText(writing)}\n\n${textOf(body, OUTLOOK)}\n`,
      html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr">${lines.map((line) => `<div class="elementToProof" style="font-family: Aptos, sans-serif; font-size: 12pt;">${line === "" ? "<br>" : escaped(line)}</div>`).join("")}${deviceHtml}<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">${blockHtml(writing)}</font><div>&nbsp;</div></div><div>${body}</div></body></html>`,
    };
  };
}

const appleMac: MailProgram["write"] = ({ typed, signed, html, quoted, language }) => {
  const lines = [...typed, ...below(signed)];
  const body = bodyOf(html);
  return {
    text: `${lines.join("\n")}\n\n${quote(`${language.apple(quoted)}\n\n${textOf(body, APPLE)}`)}\n`,
    html: `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">${divs(lines)}<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>${escaped(language.apple(quoted))}</div><br class="Apple-interchange-newline"><div>${body}</div></blockquote></div><br></body></html>`,
  };
};

const appleIos: MailProgram["write"] = ({ typed, signed, html, quoted, language }) => {
  const lines = [...typed, ...below(signed)];
  const body = bodyOf(html);
  return {
    text: `${lines.join("\n")}\n\n${language.iphone}\n\n${quote(`${language.apple(quoted)}\n\n\ufeff${textOf(body, APPLE)}`)}\n`,
    html: `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">${lines.map((line) => escaped(line)).join("<br>")}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">${escaped(language.iphone)}</div><div dir="ltr"><br><blockquote type="cite">${escaped(language.apple(quoted))}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff${body}</div></blockquote></body></html>`,
  };
};

function thunderbird(place: "top" | "bottom"): MailProgram["write"] {
  return ({ typed, signed, html, quoted, language }) => {
    const lines = [...typed, ...below(signed)];
    const body = bodyOf(html);
    const attribution = language.thunderbird(quoted);
    const quotedText = wrapped(quote(textOf(body, PLAIN)), 72, true);
    const quotedHtml = `<div class="moz-cite-prefix">${escaped(attribution)}<br></div><blockquote type="cite" cite="mid:1@desk.example">${body}</blockquote>`;
    const own = `<p>${lines.map((line) => escaped(line)).join("<br>")}</p>`;
    return place === "top"
      ? {
          text: `${lines.join("\n")}\n\n${attribution}\n${quotedText}\n`,
          html: `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body>${own}${quotedHtml}</body></html>`,
          flowed: true,
        }
      : {
          text: `${attribution}\n${quotedText}\n\n${lines.join("\n")}\n`,
          html: `<!DOCTYPE html><html><head></head><body>${quotedHtml}${own}</body></html>`,
          flowed: true,
        };
  };
}

const yahoo: MailProgram["write"] = ({ typed, signed, html, quoted, language }) => {
  const lines = [...typed, ...below(signed)];
  const attribution = language.gmail(quoted);
  const body = bodyOf(html);
  return {
    text: ` ${lines.join("\n ")}\n\n    ${attribution}  \n \n ${textOf(body, OUTLOOK).replaceAll("\n", "\n ")}  \n`,
    html: `<html><head></head><body><div class="ydp1yahoo-style-wrap" style="font-family:Helvetica Neue, sans-serif;">${divs(lines)}<div><br></div></div><div id="ydpyahoo_quoted_1" class="ydpyahoo_quoted"><div style="font-family:'Helvetica Neue';font-size:13px;color:#26282a;"><div>${escaped(attribution)}</div><div><br></div><div><br></div><div>${body}</div></div></div></body></html>`,
  };
};

const proton: MailProgram["write"] = ({ typed, signed, html, quoted }) => {
  const lines = [...typed, ...below(signed)];
  const attribution = `On Sunday, November 22nd, 2026 at 8:10 PM, ${quoted.name} <${quoted.address}> wrote:`;
  const body = bodyOf(html);
  return {
    text: `${lines.join("\n")}\n\nSent with Proton Mail secure email.\n\n${attribution}\n\n${quote(textOf(body, APPLE))}\n`,
    html: `<div style="font-family: Arial, sans-serif; font-size: 14px;">${lines.map(escaped).join("<br>")}</div><div class="protonmail_signature_block" style="font-family: Arial"><div class="protonmail_signature_block-user protonmail_signature_block-empty"></div><div class="protonmail_signature_block-proton">Sent with <a target="_blank" href="https://proton.me/mail/home">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">${escaped(attribution)}<br><blockquote class="protonmail_quote" type="cite">${body}</blockquote><br></div>`,
  };
};

const fastmail: MailProgram["write"] = ({ typed, signed, html, quoted }) => {
  const lines = [...typed, ...below(signed)];
  const attribution = `On Sun, 22 Nov 2026, at 8:10 PM, ${quoted.name} wrote:`;
  const body = bodyOf(html);
  return {
    text: `${lines.join("\n")}\n\n${attribution}\n${wrapped(quote(textOf(body, PLAIN)), 72, true)}\n`,
    html: `<!DOCTYPE html><html><head><title></title></head><body>${divs(lines)}<div><br></div><div>${escaped(attribution)}</div><blockquote type="cite" id="qt" style="overflow-wrap:break-word;">${body}</blockquote><div><br></div></body></html>`,
    flowed: true,
  };
};

const k9: MailProgram["write"] = ({ typed, signed, html, quoted, language }) => {
  const lines = [...typed, ...below(signed)];
  const attribution = language.gmail(quoted);
  const body = bodyOf(html);
  return {
    text: `${lines.join("\r\n")}\r\n\r\n${attribution}\r\n${quote(textOf(body, PLAIN), ">").replaceAll("\n", "\r\n")}\r\n`,
    html: `<!DOCTYPE html><html><body><div dir="auto">${lines.map(escaped).join("<br>")}<br><br></div><div class="gmail_quote"><div dir="auto">${escaped(attribution)}</div><blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">${body}</blockquote></div></body></html>`,
  };
};

const samsung: MailProgram["write"] = (writing) => {
  const { typed, signed, html, language } = writing;
  const lines = [...typed, ...below(signed)];
  const body = bodyOf(html);
  const head = `-------- ${language.original} --------`;
  const block = headerBlock(writing).map(([label, value]) => `${label} ${value}`);
  return {
    text: `${lines.join("\n")}\n\n${language.galaxy}\n\n${head}\n${block.join("\n")}\n\n${textOf(body, OUTLOOK)}\n`,
    html: `<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body>${lines.map((line) => `<div dir="auto">${line === "" ? "<br>" : escaped(line)}</div>`).join("")}<div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">${escaped(language.galaxy)}</div></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>${escaped(head)}</div>${block.map((line) => `<div>${escaped(line)} </div>`).join("")}<div><br></div></div>${body}</body></html>`,
  };
};

function mutt(place: "top" | "bottom"): MailProgram["write"] {
  return ({ typed, signed, text, quoted, language }) => {
    const lines = [...typed, ...below(signed)].join("\n");
    const quotedText = `${language.thunderbird(quoted)}\n${quote(text.trimEnd())}`;
    return {
      text: place === "top" ? `${lines}\n\n${quotedText}\n` : `${quotedText}\n\n${lines}\n\n-- \nDana\n`,
      html: null,
    };
  };
}

const roundcube: MailProgram["write"] = ({ typed, signed, text, quoted, language }) => ({
  text: `${[...typed, ...below(signed)].join("\n")}\n\n${language.thunderbird(quoted)}\n${wrapped(quote(text.trimEnd()), 75)}\n`,
  html: null,
});

/** GMX and WEB.DE: a header block in `div`s, and the quote in one named so. */
const gmx: MailProgram["write"] = (writing) => {
  const lines = [...writing.typed, ...below(writing.signed)];
  const body = bodyOf(writing.html);
  return {
    text: null,
    html: `<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;">${divs(lines)}<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;">${blockHtml(writing)}</div><div name="quoted-content">${body}</div></div></div></div></body></html>`,
  };
};

const zoho: MailProgram["write"] = ({ typed, signed, html, quoted }) => {
  const lines = [...typed, ...below(signed)];
  const attribution = `---- On Sun, 22 Nov 2026 20:10:12 +0100 ${quoted.name} <${quoted.address}> wrote ----`;
  const body = bodyOf(html);
  return {
    text: `${lines.join("\n")}\n\n\n${attribution}\n\n${textOf(body, APPLE)}\n`,
    html: `<html><body><div style="font-family: Verdana, Arial; font-size: 10pt;">${divs(lines)}<div><br></div><div class="zmail_extra" id="zm_4711"><div>${escaped(attribution)}<br></div><blockquote style="border-left: 1px solid rgb(204, 204, 204);"><div>${body}</div></blockquote></div></div></body></html>`,
  };
};

/** The digest's own Edit and Approve links open a new mail: no quote, what is to be sent in the body. */
const fromLink: MailProgram["write"] = ({ typed, signed, text, language, edited }) => {
  const block = new RegExp(
    `\\[\\[\\s?draft ${edited ?? 0}\\s[^]*?end\\sof\\sdraft\\s${edited ?? 0}\\s\\]\\]`,
  );
  const draft = block.exec(text)?.slice(0, 1) ?? [];
  return { text: `${[...typed, ...draft, ...below(signed)].join("\n")}\n\n${language.iphone}\n`, html: null };
};

export const PROGRAMS: readonly MailProgram[] = [
  { name: "Gmail web", write: gmail(null) },
  { name: "Gmail Android", write: gmail(null) },
  { name: "Gmail iOS", write: (writing) => gmail(writing.language.iphone)(writing) },
  { name: "Outlook classic", write: outlookClassic },
  { name: "Outlook new and web", write: outlookWeb(null) },
  { name: "Outlook mobile", write: outlookWeb((language) => language.outlookMobile) },
  { name: "Exchange, HTML alone", write: outlookWeb(null, true) },
  { name: "Apple Mail macOS", write: appleMac },
  { name: "Apple Mail iOS", write: appleIos },
  { name: "Thunderbird, above", write: thunderbird("top") },
  { name: "Thunderbird, below", write: thunderbird("bottom") },
  { name: "Yahoo", write: yahoo },
  { name: "Proton", write: proton },
  { name: "Fastmail", write: fastmail },
  { name: "K-9", write: k9 },
  { name: "Samsung", write: samsung },
  { name: "mutt, above", write: mutt("top") },
  { name: "mutt, below", write: mutt("bottom") },
  { name: "Roundcube", write: roundcube },
  { name: "GMX", write: gmx },
  { name: "Zoho", write: zoho },
  { name: "a link of the digest", write: fromLink },
];
