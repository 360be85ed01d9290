/** The console as people use it: signing in by link, reading, editing a template; narrow, dark, and with hostile mail. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locate, requires } from "../skips.ts";
import { capturing, startWebDesk, tellStory, type WebDesk } from "../support/web-desk.ts";
import { lowContrast } from "./looks.ts";

const PAGES = [
  "/",
  "/tickets/1001",
  "/tickets/1003",
  "/mail",
  "/captured/technicians",
  "/captured/clients",
  "/captured/technicians/1",
  "/captured/technicians/1?as=text",
  "/captured/write",
  "/templates",
  "/templates/client/vpn?ticket=1003",
  "/none",
];
const looks = (["light", "dark"] as const).flatMap((scheme) =>
  [1200, 390].map((width) => ({ scheme, width })),
);

describe.skipIf(!requires("chromium"))("the console in a browser", () => {
  let desk: WebDesk;
  let browser: Browser;
  let state: Awaited<ReturnType<BrowserContext["storageState"]>>;
  beforeAll(async () => {
    desk = await startWebDesk({ web: capturing });
    await tellStory(desk);
    browser = await chromium.launch({
      executablePath: locate("chromium") ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(await desk.link("alex@msp.example"));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${desk.url}/`);
    state = await context.storageState();
    await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
  });

  async function open(
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<{ page: Page; wrong: string[] }> {
    const context = await browser.newContext({ storageState: state, ...options });
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) wrong.push(message.text());
    });
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("dialog", (dialog) => {
      wrong.push("a dialog opened");
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(desk.url)) wrong.push(`asked ${request.url()}`);
    });
    return { page, wrong };
  }

  it.each(looks)("fits, reads and can be touched: $scheme, $width wide", async ({ scheme, width }) => {
    const { page, wrong } = await open({ viewport: { width, height: 800 }, colorScheme: scheme });
    for (const path of PAGES) {
      await page.goto(desk.url + path);
      for (const summary of await page.locator("summary").all()) await summary.click();
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(width);
      expect(await lowContrast(page), path).toEqual([]);
      if (width === 390) expect(await smallTargets(page), path).toEqual([]);
    }
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("43 · what a mail brings stays text: no script runs, nothing is loaded, nothing asks another host", async () => {
    const { page, wrong } = await open();
    for (const path of PAGES) {
      await page.goto(desk.url + path);
      expect(await page.evaluate("window.pwned")).toBeUndefined();
      const active =
        "script:not([nonce]):not([src]), img[onerror], svg[onload], a[href^='javascript' i], [onmouseover]";
      expect(await page.locator(active).count(), path).toBe(0);
    }
    await page.goto(`${desk.url}/tickets/1003`);
    await page.getByRole("heading", { level: 1 }).hover();
    expect(await page.getByText("<script>window.pwned=1</script>").count()).toBeGreaterThan(0);
    expect(await page.evaluate("window.pwned")).toBeUndefined();
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("a template is edited with a live preview, an error shown, saved, taken back", async () => {
    const { page, wrong } = await open();
    await page.goto(`${desk.url}/templates`);
    await page.getByRole("link", { name: "VPN trouble" }).click();
    const preview = page.locator("#preview");
    await page.getByLabel("How it reads on").selectOption("1001");
    await expect.poll(() => preview.textContent()).toContain("Filled with #1001");
    const text = page.getByLabel("Text", { exact: true });
    const original = await text.inputValue();
    await text.fill(original.replace("Thank you", "Many thanks, {{greetngName}},"));
    await expect.poll(() => preview.textContent()).toContain('did you mean "greetingName"?');
    await page.getByRole("button", { name: "Save as a new version" }).click();
    expect(await page.getByRole("alert").first().textContent()).toMatch(/Line \d+, column \d+/);
    expect(await text.inputValue()).toContain("Many thanks, {{greetngName}},");

    await text.fill(original.replace("Thank you", "Many thanks"));
    await expect.poll(() => preview.textContent()).toContain("Many thanks for your message");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/saved=1/);
    expect(await page.getByRole("status").textContent()).toContain("Saved as version 1");
    await text.fill(original.replace("Thank you", "All our thanks"));
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/saved=2/);
    expect(await page.locator(".version ins").first().textContent()).toContain("All our");
    await page.getByRole("button", { name: "Go back to this version" }).click();
    await page.waitForURL(/saved=3/);
    expect(await text.inputValue()).toContain("Many thanks for your message");
    await page.getByRole("button", { name: "Back to the default" }).click();
    await page.waitForURL(/saved=4/);
    expect(await text.inputValue()).toBe(original);
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("a captured review mail is approved by its own button", async () => {
    const { page, wrong } = await open();
    await page.goto(`${desk.url}/captured/technicians`);
    await page.getByRole("link", { name: /Fabrikam: New starter/ }).click();
    const frame = page.locator("iframe");
    // It is as high as its mail: nobody scrolls in two places.
    const spare = `(() => {
      const one = document.querySelector("iframe");
      return one.getBoundingClientRect().height - one.contentDocument.documentElement.offsetHeight;
    })()`;
    await expect.poll(() => page.evaluate(spare)).toBeGreaterThanOrEqual(0);
    await frame.contentFrame().getByRole("link", { name: "Approve" }).click();
    await page.waitForURL(/start=approve/);
    expect(await page.getByRole("textbox").inputValue()).toMatch(/^approve 1\n/);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Taken in by the desk.").waitFor();
    await desk.test.mailFor("li@fabrikam.example", 1);
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("needs no script to read, to preview or to save", async () => {
    const { page } = await open({ javaScriptEnabled: false });
    await page.goto(`${desk.url}/templates/client/website`);
    await page.locator("#source").fill("Hi {{greetingName}},\n\nwe look at your website.\n");
    await page.locator("button", { hasText: "Preview" }).click();
    expect(await page.locator("#preview").textContent()).toContain("we look at your website.");
    await page.locator("button", { hasText: "Save as a new version" }).click();
    expect(page.url()).toContain("saved=1");
    await page.context().close();
  });

  it("works by keyboard: the first stop skips to the page, and focus is seen", async () => {
    const { page } = await open();
    await page.goto(desk.url);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    const unlabelled = `[...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((one) => one.labels.length === 0).length`;
    for (const path of PAGES) {
      await page.goto(desk.url + path);
      expect(await page.evaluate(unlabelled), path).toBe(0);
      expect(await page.locator("h1").count(), path).toBe(1);
    }
    await page.context().close();
  });
});

/** Buttons, fields and links that stand alone, lower than 40 pixels. Links inside a sentence are as high as their line. */
function smallTargets(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, .button, nav a, .list td a, .alone-link")]
    .map((one) => ({ what: one.textContent.trim().slice(0, 30) || one.tagName, height: one.getBoundingClientRect().height }))
    .filter(({ height }) => height > 0 && height < 40)`);
}
