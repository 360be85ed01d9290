/** What a technician sees: the digest and the transcript in Chromium, wide and narrow, light and dark. */
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderDigest } from "../../src/review/digest.ts";
import { renderSignIn } from "../../src/review/notices.ts";
import { renderTranscript } from "../../src/review/transcript.ts";
import { createTemplates, loadTemplateFiles } from "../../src/templates.ts";
import { digest, transcript, vpn } from "../review/sample-views.ts";
import { locate, requires } from "../skips.ts";
import { lowContrast } from "./looks.ts";

const templates = createTemplates(
  await loadTemplateFiles(fileURLToPath(new URL("../../templates", import.meta.url))),
);
const long = "nospaces".repeat(40);
const mails = {
  digest: renderDigest(templates, digest).html,
  "digest with words that do not break": renderDigest(templates, {
    ...digest,
    items: [
      {
        ...vpn,
        headline: long,
        clientWords: long,
        whatWeKnow: [{ parts: [{ text: long, url: `https://a.example/${long}` }], evidence: long }],
        missing: [long],
        draft: { ...vpn.draft!, to: [`${long}@a.example`], text: long },
      },
    ],
  }).html,
  transcript: renderTranscript(templates, transcript).html,
  "sign-in link": renderSignIn(templates, {
    deskName: "Northwind Support",
    firstName: "Kim",
    url: `https://desk.msp.example/${long}`,
    validFor: "15 minutes",
  }).html,
};
const looks = Object.keys(mails).flatMap((mail) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    [900, 390].map((width) => ({ mail: mail as keyof typeof mails, scheme, width })),
  ),
);

describe.skipIf(!requires("chromium"))("review mails in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = locate("chromium") ?? "";
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(() => browser?.close());

  it.each(looks)("$mail, $scheme, $width wide", async ({ mail, scheme, width }) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    try {
      await page.setContent(mails[mail]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await lowContrast(page)).toEqual([]);
      expect(await smallButtons(page)).toEqual([]);
      // No image, font or pixel: reading a mail tells nobody.
      expect(requests.filter((url) => url !== "about:blank")).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it("43 · what a client writes stays text in a digest: no script, picture, frame, style or form of theirs", async () => {
    const tricks = [
      "<script>window.pwned=1</script>",
      "<img src=https://evil.example/x onerror=window.pwned=1>",
      "<svg onload=window.pwned=1><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
      "<style>*{display:none;background:url(https://evil.example/c)}</style>",
      '<div style="position:fixed;inset:0;background:url(https://evil.example/d)">',
      "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe><object data=https://evil.example/o></object>",
      "<form action=https://evil.example><button>approve</button></form><meta http-equiv=refresh content='0;url=https://evil.example'>",
      '"><a href="javascript:window.pwned=1">press</a> [press](javascript:window.pwned=1) ![x](https://evil.example/y.png)',
      "</td></tr></table></body></html><base href=https://evil.example/>",
      "{{constructor}} {{{requester.name}}} \u202eevil\u2066",
    ].join(" ");
    const { html, text, subject } = renderDigest(templates, {
      ...digest,
      technician: { ...digest.technician, firstName: tricks },
      items: [
        {
          ...vpn,
          clientName: tricks,
          requester: { name: tricks, address: "ana@contoso.example" },
          headline: tricks,
          clientWords: tricks,
          looksLike: { label: tricks, confidence: 0.5, reason: tricks },
          whatWeKnow: [{ parts: [{ text: tricks, url: "javascript:window.pwned=1" }], evidence: tricks }],
          missing: [tricks],
          risks: [tricks],
          draft: {
            ...vpn.draft!,
            subject: tricks,
            text: tricks,
            dropped: [{ address: tricks, reason: tricks }],
          },
        },
      ],
    });
    expect(subject).not.toMatch(/[\r\n\u202e]/);
    expect(text).toContain("<script>");
    const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("dialog", (dialog) => void dialog.dismiss());
    try {
      await page.setContent(html);
      for (const link of await page.locator("a").all()) await link.hover({ force: true, timeout: 5000 });
      expect(await page.evaluate("window.pwned")).toBeUndefined();
      expect(requests.filter((url) => url !== "about:blank")).toEqual([]);
      const active =
        "script, img, svg, iframe, object, form, button, base, [onerror], [onload], [onbegin], a[href^='javascript' i], meta[http-equiv='refresh' i], body style";
      expect(await page.locator(active).count()).toBe(0);
      // The words are there to be read.
      expect(await page.getByText("window.pwned=1").count()).toBeGreaterThan(0);
    } finally {
      await page.close();
    }
  });

  it("gives back the draft as it was when a technician selects and copies it", async () => {
    const page = await browser.newPage();
    try {
      await page.setContent(mails.digest);
      const text = (await page.evaluate("document.body.innerText")) as string;
      const copied = text
        .replaceAll("\u00a0", " ")
        .split("then reply ]]\n")[1]
        ?.split("\n[[ end of draft 1 ]]")[0];
      expect(copied?.trim()).toBe(vpn.draft?.text);
    } finally {
      await page.close();
    }
  });
});

async function smallButtons(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll("a.btn")]
    .map((button) => ({ label: button.textContent, height: button.getBoundingClientRect().height }))
    .filter(({ height }) => height < 40)`);
}
