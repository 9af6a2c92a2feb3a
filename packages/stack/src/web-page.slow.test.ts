import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveFake } from "./fake-server.ts";
import type { FakeTextModelOptions } from "./fake-text-model.ts";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const webRoot = fileURLToPath(new URL("../../web/dist", import.meta.url));
const missing = [chromium, webRoot].find((path) => !existsSync(path));
const skip = missing === undefined ? false : `needs ${missing}`;

const reply = (): string =>
  [
    "A llama is **not** an alpaca. Three ways to tell them apart:",
    "",
    "1. **Ears**: a llama's are long and curved, `banana.shaped`",
    "2. **Size**: it is about twice as heavy",
    "3. **Temper**: it guards the flock, and *leads* it",
    "",
    "In TypeScript:",
    "",
    "```ts",
    'const leader: "llama" = herd.find(({ ears }) => ears > 20);',
    "```",
    "",
    "<img src=x onerror=alert(1)> stays text.",
  ].join("\n");

type Call = (method: string, parameters?: object) => Promise<Record<string, unknown>>;

/** A headless browser, spoken to in its own protocol through two pipes. */
async function openBrowser(t: TestContext): Promise<Call> {
  const profile = mkdtempSync(join(tmpdir(), "llamero-page-"));
  const child = spawn(
    chromium,
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  t.after(async () => {
    const closed = once(child, "close");
    // It ends when the pipe does; killed, it would leave processes behind that go on writing to the profile.
    input.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await closed;
    clearTimeout(timer);
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  const input = child.stdio[3] as Writable;
  const output = child.stdio[4] as Readable;
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const each of messages) {
      const { id, result, error } = JSON.parse(each) as {
        id?: number;
        result?: Record<string, unknown>;
        error?: unknown;
      };
      if (id !== undefined) waiting.get(id)?.(result ?? { error });
    }
  });
  let lastId = 0;
  const send = (message: object): Promise<Record<string, unknown>> => {
    const id = ++lastId;
    input.write(`${JSON.stringify({ id, ...message })}\0`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const { targetId } = await send({ method: "Target.createTarget", params: { url: "about:blank" } });
  const { sessionId } = await send({
    method: "Target.attachToTarget",
    params: { targetId, flatten: true },
  });
  return (method, params = {}) => send({ method, params, sessionId });
}

interface OpenPage {
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression holds. */
  until(expression: string): Promise<void>;
  dom(): Promise<string>;
  screenshot(path: string, scheme: "light" | "dark"): Promise<void>;
}

/** Opens the page of a server over a fake model. */
async function openPage(t: TestContext, hash: string, model: FakeTextModelOptions): Promise<OpenPage> {
  const { server } = await serveFake(t, model, { webRoot });
  const call = await openBrowser(t);
  const size = { width: 860, height: 700, deviceScaleFactor: 1.5, mobile: false };
  await call("Emulation.setDeviceMetricsOverride", size);
  await call("Page.navigate", { url: `${server.url}/${hash}` });
  const evaluate: OpenPage["evaluate"] = async (expression) => {
    const { result } = await call("Runtime.evaluate", { expression, awaitPromise: true });
    return (result as { value?: unknown } | undefined)?.value;
  };
  const dom = async (): Promise<string> => String(await evaluate("document.documentElement.outerHTML"));
  return {
    evaluate,
    dom,
    async until(expression) {
      for (let i = 0; i < 300; i++) {
        if ((await evaluate(expression)) === true) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.fail(`${expression} does not hold in ${await dom()}`);
    },
    async screenshot(path, scheme) {
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await call("Emulation.setEmulatedMedia", { features });
      const { data } = await call("Page.captureScreenshot");
      writeFileSync(path, Buffer.from(String(data), "base64"));
    },
  };
}

const isDone = "document.getElementById('log')?.getAttribute('aria-busy') === 'false'";
const question = `#prompt=${encodeURIComponent("What is the difference between a llama & an alpaca?")}`;

test("the page sends the prompt of its address and shows the answer as text", { skip }, async (t) => {
  const page = await openPage(t, question, { reply });
  await page.until(isDone);
  const dom = await page.dom();
  assert.match(dom, /class="message user"[^>]*>What is the difference between a llama &amp; an alpaca\?/);
  assert.match(dom, /A llama is <strong>not<\/strong> an alpaca/);
  assert.match(dom, /<ol[^>]*><li[^>]*><strong>Ears<\/strong>/);
  assert.match(dom, /<pre[^>]*><code[^>]*>const leader/);
  assert.match(dom, /&lt;img src=x onerror=alert\(1\)&gt; stays text/);
  assert.match(dom, />fake<\/option>/);
  assert.match(dom, /context \d+ \/ 1,000/);
  const folder = process.env["LLAMERO_SCREENSHOTS"];
  if (folder !== undefined) {
    await page.screenshot(join(folder, "chat.png"), "light");
    await page.screenshot(join(folder, "chat-dark.png"), "dark");
  }
});

test("the page keeps the conversation over a reload, and clears it", { skip }, async (t) => {
  const page = await openPage(t, question, { reply });
  await page.until(isDone);
  await page.evaluate("window.isOld = true; location.reload()");
  await page.until("!window.isOld && document.querySelectorAll('.message').length === 2");
  await page.evaluate("document.getElementById('clear').click()");
  assert.equal(await page.evaluate("document.getElementById('log').childElementCount"), 0);
  assert.match(String(await page.evaluate("localStorage.getItem('llamero-chat')")), /"turns":\[\]/);
});

test("the page stops an answer and keeps what was said", { skip }, async (t) => {
  const page = await openPage(t, question, { reply: () => "word ".repeat(2000), delayMs: 10 });
  await page.until("document.querySelector('.assistant')?.textContent.includes('word') === true");
  await page.evaluate("document.getElementById('stop').click()");
  await page.until(isDone);
  assert.match(await page.dom(), /role="status">Stopped</);
  assert.equal(await page.evaluate("document.querySelectorAll('.assistant').length"), 1);
});

test("the page shows an error of the server and lets the reader try again", { skip }, async (t) => {
  const page = await openPage(t, question, { queueLimit: 0 });
  await page.until("document.querySelector('[role=alert]') !== null");
  assert.match(await page.dom(), /role="alert"[^>]*><span>0 requests are already waiting/);
  await page.evaluate("document.querySelector('[role=alert] button').click()");
  await page.until("document.querySelectorAll('[role=alert]').length === 1");
});
