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
        whatWeKnow: [{ text: long, url: `https://a.example/${long}` }],
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

/** Texts whose contrast with what is behind them is under 4.5 to 1 (WCAG 2.2, 1.4.3). */
async function lowContrast(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = channels(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.data.trim();
      if (text === "" || text === "\\u00a0" || element.tagName === "STYLE") continue;
      const [light, dark] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5) found.push({ text: text.slice(0, 40), ratio: ratio.toFixed(2) });
    }
    return found;
  })()`);
}

async function smallButtons(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll("a.btn")]
    .map((button) => ({ label: button.textContent, height: button.getBoundingClientRect().height }))
    .filter(({ height }) => height < 40)`);
}
