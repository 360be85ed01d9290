import sanitizeHtml from "sanitize-html";

interface MailHtmlOptions {
  /** Answers where a `mailto:` leads: to a page that writes, in place of a mail program. */
  compose(to: string, subject: string, body: string): string;
  /** Links that begin so open in a window of their own; all others lead nowhere, since nothing here may leave the machine. */
  readonly consoleUrl: string | null;
}

/** What the frame of a mail may do: be shown, and lead somewhere when a person clicks. No script, no request. */
export const MAIL_FRAME_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-same-origin allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox";

/** What is dropped with all that is in it; sanitize-html keeps the words of any other tag that it drops. */
const NOT_SHOWN = ["script", "style", "textarea", "option", "title", "noscript"];

/** A mail's HTML part as a document for a sandboxed frame: no script, form, image or request is left in it. */
export function mailDocument(html: string, options: MailHtmlOptions): string {
  const body = sanitizeHtml(html, {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, "style", "center", "font", "del", "ins"].filter(
      (tag) => tag !== "img",
    ),
    nonTextTags: [...NOT_SHOWN],
    // Its own frame is all that a mail's style can reach, and the frame's policy lets it load nothing.
    allowVulnerableTags: true,
    allowedAttributes: {
      "*": [
        "style",
        "class",
        "lang",
        "dir",
        "align",
        "valign",
        "width",
        "height",
        "bgcolor",
        "role",
        "title",
      ],
      table: ["cellpadding", "cellspacing", "border"],
      td: ["colspan", "rowspan"],
      a: ["href", "target", "rel"],
      font: ["color", "face", "size"],
    },
    allowedSchemes: ["http", "https", "mailto"],
    parseStyleAttributes: false,
    transformTags: { a: (_tag, attribs) => ({ tagName: "a", attribs: linkFor(attribs, options) }) },
  });
  return `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><style>body{margin:12px;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere}body:has(>table[width="100%"]){margin:0}a:focus-visible{outline:2px solid #1f6f54;outline-offset:2px}</style></head><body>${body}</body></html>`;
}

function linkFor(attribs: sanitizeHtml.Attributes, options: MailHtmlOptions): sanitizeHtml.Attributes {
  const { href = "", ...rest } = attribs;
  if (/^mailto:/i.test(href)) {
    const { to, subject, body } = readMailto(href);
    return { ...rest, href: options.compose(to, subject, body), target: "_top" };
  }
  if (options.consoleUrl !== null && href.startsWith(`${options.consoleUrl}/`))
    return { ...rest, href, target: "_blank", rel: "noopener" };
  return { ...rest, title: `This link leads nowhere here: ${href.slice(0, 200)}` };
}

/** RFC 6068: percent-encoded, with `&` between the header fields. */
function readMailto(href: string): {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
} {
  const [path = "", query = ""] = href.slice("mailto:".length).split("?", 2);
  const fields = new Map(
    query.split("&").map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2);
      return [decode(name).toLowerCase(), decode(value)] as const;
    }),
  );
  return {
    to: decode(path),
    subject: fields.get("subject") ?? "",
    body: (fields.get("body") ?? "").replaceAll("\r\n", "\n"),
  };
}

/** In a `mailto:` a plus is a plus (RFC 6068 §5), which a review address needs. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
