import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type OpenPage, openAddress, skipPage as skip, webRoot } from "./fake-browser.ts";
import { serveFake } from "./fake-server.ts";
import type { FakeTextModelOptions } from "./fake-text-model.ts";

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

/** Opens the page of a server over a fake model. */
async function openPage(t: TestContext, hash: string, model: FakeTextModelOptions): Promise<OpenPage> {
  const { server } = await serveFake(t, model, { webRoot });
  return await openAddress(t, `${server.url}/${hash}`);
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
