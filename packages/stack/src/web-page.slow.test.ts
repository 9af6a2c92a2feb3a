import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type OpenPage, openAddress, skipPage as skip, webRoot } from "./fake-browser.ts";
import { serveFake } from "./fake-server.ts";
import type { FakeTextModelOptions } from "./fake-text-model.ts";

const llama = [
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
const reply = (): string => llama;

/** Opens the page of a server over a fake model. */
async function openPage(
  t: TestContext,
  hash: string,
  model: FakeTextModelOptions,
  size: { width: number; height: number } = { width: 1100, height: 760 },
): Promise<OpenPage> {
  const { server } = await serveFake(t, model, { webRoot });
  return await openAddress(t, `${server.url}/${hash}`, size);
}

const isDone = "document.getElementById('log')?.getAttribute('aria-busy') === 'false'";
const question = `#prompt=${encodeURIComponent("What is the difference between a llama & an alpaca?")}`;
const numMessages = "document.querySelectorAll('.message').length";
const focused = "document.activeElement.id";

async function takePicture(page: OpenPage, name: string, scheme: "light" | "dark"): Promise<void> {
  const folder = process.env["LLAMERO_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot(join(folder, name), scheme);
}

test("the page shows an answer as text, keeps versions of messages, and all of it over a reload", {
  skip,
}, async (t) => {
  const page = await openPage(t, question, { reply });
  await page.until(isDone);
  const dom = await page.dom();
  assert.match(dom, />What is the difference between a llama &amp; an alpaca\?<\/div>/);
  assert.match(dom, /A llama is <strong>not<\/strong> an alpaca/);
  assert.match(dom, /<ol[^>]*><li[^>]*><strong>Ears<\/strong>/);
  assert.match(dom, /<pre[^>]*><code[^>]*>const leader/);
  assert.match(dom, /&lt;img src=x onerror=alert\(1\)&gt; stays text/);
  assert.match(dom, />fake<\/option>/);
  assert.match(dom, /\d+ \/ 1,000/);
  // What was said is spoken sentence by sentence, once.
  const spoken = "document.querySelector('[role=log]').textContent";
  assert.equal(String(await page.evaluate(spoken)).split("not").length, 2);
  const addresses =
    "performance.getEntriesByType('resource').every(({ name }) => name.startsWith(location.origin))";
  assert.equal(await page.evaluate(addresses), true);
  await takePicture(page, "chat.png", "light");
  await takePicture(page, "chat-dark.png", "dark");
  await page.evaluate("document.querySelector('.user [aria-label=Edit]').click()");
  await page.evaluate("document.querySelector('.editing textarea').value = 'And a vicuña?'");
  await page.evaluate("document.querySelector('.editing form').requestSubmit()");
  await page.until(`${isDone} && document.querySelector('.user .place')?.textContent === '2/2'`);
  await page.evaluate("document.querySelector('.assistant [aria-label=\"Answer again\"]').click()");
  await page.until(`${isDone} && document.querySelector('.assistant .place')?.textContent === '2/2'`);
  await page.evaluate("document.querySelector('.user [data-go=left]').click()");
  assert.match(String(await page.evaluate("document.querySelector('.user').textContent")), /alpaca\?1\/2/);
  await page.evaluate("document.querySelector('.user [data-go=right]').click()");
  await page.evaluate("window.isOld = true; location.reload()");
  await page.until(`!window.isOld && ${numMessages} === 2`);
  assert.match(String(await page.evaluate("document.querySelector('.user').textContent")), /vicuña\?2\/2/);
  await page.evaluate("document.querySelector('.conversations [aria-label=Delete]').click()");
  await page.evaluate("document.querySelector('dialog .danger').click()");
  await page.until(`${numMessages} === 0 && document.querySelector('.conversations li') === null`);
});

test("the page stops an answer, and shows an error of the server until a further try succeeds", {
  skip,
}, async (t) => {
  const model: FakeTextModelOptions = { reply: () => "word ".repeat(2000), delayMs: 10 };
  const page = await openPage(t, question, model);
  await page.until("document.querySelector('.assistant')?.textContent.includes('word') === true");
  await page.evaluate("document.getElementById('stop').click()");
  await page.until(isDone);
  assert.match(await page.dom(), /role="status"[^>]*>Stopped</);
  assert.equal(await page.evaluate("document.querySelectorAll('.assistant').length"), 1);
  model.queueLimit = 0;
  await page.evaluate("document.querySelector('[aria-label=\"Answer again\"]').click()");
  await page.until("document.querySelector('.log [role=alert]') !== null");
  assert.match(await page.dom(), /role="alert"[^>]*><span>0 requests are already waiting/);
  delete model.queueLimit;
  // What is stopped before its first word can be asked again, over a reload too.
  model.delayMs = 60_000;
  await page.evaluate("document.querySelector('.log [role=alert] button').click()");
  await page.until("document.getElementById('stop').hidden === false");
  await page.press("Escape");
  await page.until(`${isDone} && document.querySelector('.unanswered button') !== null`);
  await page.evaluate("window.isOld = true; location.reload()");
  await page.until("!window.isOld && document.querySelector('.unanswered button') !== null");
  model.queueLimit = 0;
  await page.evaluate("document.querySelector('.unanswered button').click()");
  await page.until(
    "document.querySelector('.log [role=alert]') !== null && document.querySelector('.unanswered') === null",
  );
  delete model.queueLimit;
  Object.assign(model, { reply, delayMs: 0 });
  await page.evaluate("document.querySelector('.log [role=alert] button').click()");
  await page.until(`${isDone} && document.querySelector('.assistant .place')?.textContent === '2/2'`);
});

test("the page can be used by keys alone, in another language and in the dark", { skip }, async (t) => {
  const model: FakeTextModelOptions = { delayMs: 0 };
  const page = await openPage(t, "", model);
  await page.until(`${focused} === 'prompt' && document.getElementById('model').value === 'fake'`);
  await page.write("Hello there");
  await page.press("Enter");
  await page.until(`${isDone} && ${numMessages} === 2`);
  // Out of the box, the last message is edited; the box of the composer has the focus afterwards.
  await page.evaluate("document.activeElement.blur()");
  await page.press("e");
  await page.write("Again: ");
  await page.press("Enter");
  await page.until(`${isDone} && document.querySelector('.user .place')?.textContent === '2/2'`);
  assert.equal(await page.evaluate(focused), "prompt");
  model.reply = () => "word ".repeat(2000);
  model.delayMs = 10;
  await page.write("Go on");
  await page.press("Enter");
  await page.until("document.querySelectorAll('.assistant')[1]?.textContent.includes('word') === true");
  await page.press("Escape");
  await page.until(isDone);
  await page.evaluate("document.activeElement.blur()");
  await page.press("?");
  await page.until("document.querySelectorAll('dialog[open] dt').length >= 14");
  await page.press("n");
  assert.equal(await page.evaluate(numMessages), 4, "no key passes an open dialog");
  await page.press("Escape");
  await page.until("document.querySelector('dialog') === null");
  await page.evaluate("document.querySelector('.skip').focus()");
  await page.press("Enter");
  assert.equal(await page.evaluate(focused), "content");
  const paper = "getComputedStyle(document.body).backgroundColor";
  await page.prefer("light");
  const light = await page.evaluate(paper);
  await page.prefer("dark");
  const dark = await page.evaluate(paper);
  assert.notEqual(light, dark);
  await page.press("d");
  assert.equal(await page.evaluate(paper), light, "the switch wins over the system");
  await page.press("d");
  assert.equal(await page.evaluate(paper), dark);
  await page.evaluate(
    "const choice = document.querySelector('.language select'); choice.value = 'th'; choice.dispatchEvent(new Event('change'))",
  );
  await page.until(
    "document.documentElement.lang === 'th' && document.querySelectorAll('.message').length === 4",
  );
  assert.match(await page.dom(), /placeholder="เขียนข้อความ"/);
  await page.prefer("light");
  assert.equal(await page.evaluate(paper), dark, "the choice of colors outlives a reload");
});

test("the page fits a phone: its menu opens over it and closes by Escape", { skip }, async (t) => {
  const page = await openPage(t, question, { reply }, { width: 390, height: 800 });
  await page.until(isDone);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  await takePicture(page, "chat-phone.png", "light");
  const isShown = "getComputedStyle(document.getElementById('sidebar')).visibility === 'visible'";
  assert.equal(await page.evaluate(isShown), false);
  await page.evaluate("document.querySelector('.menu').click()");
  await page.until(isShown);
  await page.press("Escape");
  await page.until(`!(${isShown})`);
  assert.equal(await page.evaluate("document.activeElement.classList.contains('menu')"), true);
});

/** Answers of `/v1/responses`: the first asks for an approval, the next is given once there is one. */
const scripted = `
  window.asked = [];
  const real = window.fetch;
  window.fetch = async (url, init) => {
    if (!String(url).endsWith("/v1/responses")) return real(url, init);
    const body = JSON.parse(init.body);
    asked.push(body);
    const usage = { total_tokens: 30 };
    const call = { server_label: "wiki", name: "edit_page", arguments: '{"title":"Llama"}' };
    const events = body.previous_response_id === undefined
      ? [
          { type: "response.created", response: { id: "resp_1" } },
          { type: "response.output_item.done", item: { type: "mcp_approval_request", id: "ask_1", ...call } },
          { type: "response.completed", response: { usage } },
        ]
      : [
          { type: "response.created", response: { id: "resp_2" } },
          { type: "response.output_item.done", item: { type: "mcp_call", id: "call_1", ...call, output: "saved", status: "completed" } },
          { type: "response.output_text.delta", delta: "I changed the page." },
          { type: "response.completed", response: { usage } },
        ];
    const text = events.map((event) => "data: " + JSON.stringify(event) + "\\n\\n").join("") + "data: [DONE]\\n\\n";
    return new Response(text, { headers: { "Content-Type": "text/event-stream" } });
  };
`;

test("the page shows the steps of tools and asks before a call that needs it", { skip }, async (t) => {
  const page = await openPage(t, "", {});
  await page.until("document.getElementById('model').value === 'fake'");
  await page.evaluate(scripted);
  await page.evaluate("document.getElementById('settings').click()");
  await page.evaluate(`
    const [name, url] = document.querySelectorAll(".server-form input");
    name.value = "wiki"; url.value = "https://example.org/mcp";
    document.querySelector(".server-form").requestSubmit();
    document.querySelector("dialog").close();
  `);
  await page.evaluate("document.getElementById('prompt').focus()");
  await page.write("Mend the page");
  await page.press("Enter");
  await page.until(`${isDone} && document.querySelector('.allow') !== null`);
  assert.match(await page.dom(), /edit_page of wiki wants to run/);
  assert.match(
    String(await page.evaluate("document.querySelector('.steps pre').textContent")),
    /"title": "Llama"/,
  );
  await takePicture(page, "chat-tools.png", "light");
  await page.evaluate("document.querySelector('.allow').click()");
  await page.until(`${isDone} && document.querySelector('.body p')?.textContent === 'I changed the page.'`);
  assert.equal(await page.evaluate("document.querySelectorAll('.steps li').length"), 2);
  const sent = JSON.parse(String(await page.evaluate("JSON.stringify(asked)")));
  assert.equal(sent[0].tools[0].require_approval, "always");
  assert.equal(sent[1].previous_response_id, "resp_1");
  assert.deepEqual(sent[1].input, [
    { type: "mcp_approval_response", approval_request_id: "ask_1", approve: true },
  ]);
});
