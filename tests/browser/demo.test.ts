/** The demo's page as somebody plays it who sees the product for the first time: both sides, in Chromium. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Frame, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locate, requires } from "../skips.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** For what the desk does by itself: the gathering of digests and the undo window are a part of it. */
const WHILE_THE_DESK_WORKS = { timeout: 60_000 };

describe.skipIf(!requires("chromium"))("the demo's page", () => {
  let browser: Browser;
  let child: ChildProcessByStdio<null, Readable, Readable>;
  let temp: string;
  let url: string;
  let output = "";

  beforeAll(async () => {
    temp = await mkdtemp(join(tmpdir(), "demo-page-test-"));
    child = spawn(process.execPath, ["src/main.ts", "demo"], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"], TMPDIR: temp, TZ: "Europe/Berlin" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    url = await new Promise<string>((resolve, reject) => {
      const look = (text: string): void => {
        output += text;
        const found = /Open {2}(\S+)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.setEncoding("utf8").on("data", look);
      child.stderr.setEncoding("utf8").on("data", look);
      child.once("close", () => reject(new Error(`the demo ended early:\n${output}`)));
    });
    browser = await chromium.launch({
      executablePath: locate("chromium") ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });

  afterAll(async () => {
    await browser?.close();
    if (child.exitCode === null) {
      child.kill("SIGINT");
      await once(child, "close");
    }
    await rm(temp, { recursive: true, force: true });
  });

  it("leads a visitor round the loop: review mail, approve, the client's inbox, an answer, the next review mail", async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const faults = faultsOf(page);
    await page.goto(url);
    // It fills by itself while the mails come in.
    const ticket = page.locator("#ticket-1001");
    await ticket.getByText("Waits for Dana Wu’s word.").waitFor(WHILE_THE_DESK_WORKS);
    await page.goto(url);
    await page.getByRole("link", { name: "Open the review mail to Dana" }).click();
    await (await mailFrame(page)).getByText("waits for your word, Dana").first().waitFor();

    await page.locator("#technician").getByRole("link", { name: "Reply", exact: true }).click();
    const text = page.getByRole("textbox", { name: "Text" });
    expect(await text.inputValue()).toMatch(
      /^\n\nOn \w{3}, .+, Northwind Support <review@desk\.example> wrote:\n/,
    );
    expect(await page.getByRole("textbox", { name: "To" }).inputValue()).toMatch(
      /<review\+a1\.[a-z2-7]{32}@desk\.example>$/,
    );
    // The cursor stands above the quote: a person just types.
    await page.keyboard.type("approve");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Sent. The desk’s answer arrives in a second").waitFor();
    await page
      .locator("#technician .mails")
      .getByText(/^1 reply leaves at/)
      .waitFor(WHILE_THE_DESK_WORKS);
    await ticket.getByText(/The reply leaves in \d+ s/).waitFor(WHILE_THE_DESK_WORKS);

    const client = page.locator("#client");
    await client.getByText("Dana Wu · Northwind Support").waitFor(WHILE_THE_DESK_WORKS);
    await client.getByRole("link", { name: "VPN drops every hour" }).click();
    await (await mailFrame(page)).getByText("Hi Ana,").waitFor();
    await client.getByRole("link", { name: "Reply", exact: true }).click();
    await page.keyboard.type("It still drops, now on the phone too.");
    await page.getByRole("button", { name: "Send" }).click();
    await ticket.getByText("Waits for Dana Wu’s word.").waitFor(WHILE_THE_DESK_WORKS);
    expect(faults).toEqual([]);
    await page.close();
  }, 150_000);

  it("leaves the focus where it is while the lists renew themselves", async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${url}/?t=sam@msp.example`);
    const mail = page.locator("#technician .mails a").first();
    await mail.waitFor(WHILE_THE_DESK_WORKS);
    await mail.focus();
    const href = await mail.getAttribute("href");
    for (let renewed = 0; renewed < 2; renewed++) {
      await page.waitForResponse(
        (response) => response.url().includes("/live") && response.url().includes("part=technician"),
      );
    }
    expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe(href);
    await page.close();
  }, 60_000);

  it("has working buttons in the review mail, and shows what leaves", async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const faults = faultsOf(page);
    await page.goto(`${url}/?t=kim@msp.example`);
    await page.locator("#technician .mails a").last().click({ timeout: 60_000 });
    await (await mailFrame(page)).getByRole("link", { name: "Edit" }).first().click();
    const text = page.getByRole("textbox", { name: "Text" });
    const draft = await text.inputValue();
    expect(draft).toMatch(
      /^\[\[ draft \d · edit between these two lines, then reply \]\]\n[^]+\n\[\[ end of draft \d \]\]/,
    );
    await text.fill(draft.replace(/\n\[\[ end/, "\nKim was here.\n[[ end"));
    await page.getByRole("button", { name: "Send" }).click();
    const answer = page.locator("#technician .mails a").first();
    await answer.getByText(/^1 reply leaves at/).waitFor(WHILE_THE_DESK_WORKS);
    await answer.click();
    await (await mailFrame(page)).getByText("Kim was here.").first().waitFor();
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it("works without script, and at 390 pixels", async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole("link", { name: "Client", exact: true }).click();
    await page.getByRole("link", { name: "New mail" }).click();
    await page.getByRole("textbox", { name: "Subject" }).fill("No sound in Teams");
    await page
      .getByRole("textbox", { name: "Text" })
      .fill("Hi, my headset has no sound in Teams since today. Ana");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Sent. The desk reads it now").waitFor();
    await expect
      .poll(async () => {
        await page.goto(`${url}/?part=desk`);
        return page.locator("#board").innerText();
      }, WHILE_THE_DESK_WORKS)
      .toContain("No sound in Teams");
    await context.close();
  }, 90_000);

  it.each([
    [1200, "light"],
    [1200, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("fits %i pixels, %s, with room for a finger", async (width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    for (const path of ["/", "/?part=client&cs=new", "/?part=desk"]) {
      await page.goto(url + path);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(
        await page.evaluate(`[...document.querySelectorAll(".people a, .folders a, .parts a, .button, button, input, summary")]
          .map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && box.height < 40).map(({ text }) => text)`),
      ).toEqual([]);
    }
    await page.close();
  });

  it("answers to its own name alone", async () => {
    const { port } = new URL(url);
    const foreign = await fetch(url, { headers: { "Sec-Fetch-Site": "cross-site" }, method: "POST" });
    expect(foreign.status).toBe(403);
    const answer = await fetch(`http://localhost:${port}/`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
  });
});

/** What must not happen while somebody plays: script errors, refused styles, requests to elsewhere. */
function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(?:http:\/\/127\.0\.0\.1:|data:)/.test(request.url()))
      faults.push(`a request to ${request.url()}`);
  });
  return faults;
}

/** The frame in which the open mail is shown. */
async function mailFrame(page: Page): Promise<Frame> {
  const element = await page.locator("iframe").first().elementHandle();
  const frame = await element?.contentFrame();
  if (!frame) throw new Error("no mail is open");
  return frame;
}
