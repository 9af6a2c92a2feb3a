import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TokenDetail } from "@llamero/core";
import { FakeHub } from "@llamero/core/hub/fake-hub";
import { type OpenPage, openAddress, skipPage as skip, webRoot } from "./fake-browser.ts";
import { type Served, serveFake } from "./fake-server.ts";
import { FakeTextModel, type FakeTextModelOptions } from "./fake-text-model.ts";
import type { ServableModel } from "./served-models.ts";

const cria = fileURLToPath(new URL("../../cli/model/cria.gguf", import.meta.url));
const wide = { width: 1240, height: 860 };
const phone = { width: 390, height: 800 };
const utf8 = new TextEncoder();

const answers: Readonly<Record<string, string>> = {
  alpaca:
    "Llamas guard the flock.\n\n- **Ears** like bananas\n- Twice as heavy as an alpaca\n- They hum when they worry",
  vicuna: "A llama is a large animal of the Andes that carries loads and is kept for its wool.",
};

/** Draws words from made-up alternatives, the same for the same word. */
function detail(text: string, numTop: number): TokenDetail {
  const seed = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7);
  const share = [0.93, 0.71, 0.38, 0.16, 0.04][seed % 5]!;
  const tokenOf = (word: string, probability: number): TokenDetail["top"][number] => ({
    token: word.length,
    logprob: Math.log(probability),
    bytes: utf8.encode(word),
  });
  const others = [" a", " the", " and", " of", "."].filter((word) => word !== text);
  const rest = others.map((word, at) => tokenOf(word, ((1 - share) * 0.55) / 1.8 ** at));
  const top = [tokenOf(text, share), ...rest].sort((a, b) => b.logprob - a.logprob).slice(0, numTop);
  return { ...tokenOf(text, share), top };
}

/** A fake with a worker, whose memory and KV blocks can be seen. */
function modelOf(name: string, options: FakeTextModelOptions = {}): ServableModel {
  const fake = new FakeTextModel({ reply: () => answers[name]!, detail, contextLimit: 8192, ...options });
  let state: "ready" | "unloaded" = "ready";
  return Object.assign(fake, {
    engine: {
      info: () => ({ backend: "fake", threads: 2, mode: "fast" as const, contextLimit: 8192, degraded: [] }),
      stats: () => ({
        numWaiting: 0,
        numRunning: fake.numRunning,
        numPreempted: 0,
        numSteps: 0,
        numTokensComputed: 0,
        kvBlocks: 180,
        kvBlocksUsed: fake.numRunning > 0 ? 61 : 24,
        kvBlocksCached: 24,
      }),
      worker: () => ({ state, pid: process.pid, numRestarts: 0, lastDeath: null, unloadsAt: null }),
      load: async () => {
        state = "ready";
      },
      unload: async () => {
        state = "unloaded";
      },
    },
  });
}

interface Opened extends Served {
  open(path: string, size?: { width: number; height: number }): Promise<OpenPage>;
}

async function serve(t: TestContext, options: Parameters<typeof serveFake>[2] = {}): Promise<Opened> {
  const models = Object.keys(answers).map((name) => ({ name, model: modelOf(name) }));
  const served = await serveFake(t, {}, { webRoot, models, ...options });
  const open = (path: string, size = wide): Promise<OpenPage> =>
    openAddress(t, `${served.server.url}/${path}`, size);
  return { ...served, open };
}

async function takePicture(page: OpenPage, name: string, scheme: "light" | "dark" = "light"): Promise<void> {
  const folder = process.env["LLAMERO_SCREENSHOTS"];
  if (folder === undefined) return;
  // What moves has come to rest.
  await new Promise((resolve) => setTimeout(resolve, 400));
  await page.screenshot(join(folder, name), scheme);
}

const fits = "document.documentElement.scrollWidth <= innerWidth";
const count = (selector: string): string => `document.querySelectorAll(${JSON.stringify(selector)}).length`;
const click = (selector: string): string => `document.querySelector(${JSON.stringify(selector)}).click()`;

test("the arena hides who answers until a key votes, and ranks what was voted on", { skip }, async (t) => {
  // So slow that the page shows what is being written.
  const models = Object.keys(answers).map((name) => ({ name, model: modelOf(name, { delayMs: 100 }) }));
  const { server, open } = await serve(t, { models });
  const page = await open("arena/");
  await page.until(`${count(".chip")} === 2 && document.activeElement.id === 'prompt'`);
  await page.write("What is a llama?");
  await page.press("Enter");
  // Both are shown while they are being written, before there is a vote.
  await page.until(`${count(".answer[aria-busy] .body p")} === 2 && ${count(".vote")} === 0`);
  await page.until(`${count(".vote")} === 1`);
  assert.equal(await page.evaluate(count(".revealed")), 0);
  await page.evaluate("document.querySelector('.why').open = true");
  await page.evaluate("document.querySelector('.why input[value=clear]').click()");
  await takePicture(page, "arena.png");
  await page.press("1");
  await page.until(`${count(".revealed")} === 2`);
  assert.equal(await page.evaluate(count(".answer.won")), 1);
  const votes = (await (await fetch(`${server.url}/v1alpha/arena/votes`)).json()) as {
    data: { choice: string; tags: string[] }[];
  };
  assert.deepEqual(
    votes.data.map(({ choice, tags }) => ({ choice, tags })),
    [{ choice: "left", tags: ["clear"] }],
  );
  await page.press("n");
  await page.until(
    "document.activeElement.id === 'prompt' && document.getElementById('prompt').value === ''",
  );
  // More votes, of two raters, so that there is something to rank.
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${server.url}/v1alpha/arena/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { id: string };
  };
  for (let at = 0; at < 12; at++) {
    const pair = (await post("pairs", { messages: [{ role: "user", content: `Question ${at}` }] })) as {
      id: string;
      left: { text: string };
    } & { id: string };
    const side = pair.left.text === answers["alpaca"] ? "left" : "right";
    const other = side === "left" ? "right" : "left";
    const choice = at % 5 === 4 ? "tie" : at % 4 === 3 ? other : side;
    await post(`pairs/${pair.id}/votes`, { choice, rater: "Ada" });
    await post(`pairs/${pair.id}/votes`, { choice: at % 3 === 2 ? "tie" : choice, rater: "Ben" });
  }
  await page.evaluate(click("input[name=view][value=ranking]"));
  await page.until(`${count(".ratings tbody tr")} === 2 && ${count(".interval .point")} === 2`);
  await page.until(`${count(".judge-form option")} === 2`);
  assert.match(await page.dom(), /Kappa/);
  await page.evaluate(click("#judge"));
  await page.until(
    "/verdicts could not be read/.test(document.querySelector('[role=status].small').textContent) || document.body.textContent.includes('pairs judged')",
  );
  await takePicture(page, "arena-ranking.png");
  assert.equal(await page.evaluate(fits), true);
});

test("the models page shows what runs, unloads it, plans memory, pulls and removes", { skip }, async (t) => {
  const modelsFolder = mkdtempSync(join(tmpdir(), "llamero-models-"));
  t.after(() => rmSync(modelsFolder, { recursive: true, force: true }));
  copyFileSync(cria, join(modelsFolder, "cria.gguf"));
  const hub = new FakeHub();
  await hub.listen();
  t.after(() => hub.close());
  hub.files.set("tiny-Q4_0.gguf", new Uint8Array(3_000_000));
  const before = process.env["HF_ENDPOINT"];
  process.env["HF_ENDPOINT"] = hub.endpoint;
  t.after(() => {
    if (before === undefined) delete process.env["HF_ENDPOINT"];
    else process.env["HF_ENDPOINT"] = before;
  });
  const { open } = await serve(t, { modelsFolder });
  const page = await open("models/");
  await page.until(`${count(".served")} === 2 && ${count(".table-card tbody tr")} === 1`);
  await page.evaluate("document.getElementById('reference').focus()");
  await page.write(`hf:${hub.repo}`);
  await page.press("Enter");
  await page.until(`${count(".table-card tbody tr")} === 2 && ${count(".progress .good")} === 1`);
  await takePicture(page, "models.png");
  const unload =
    "[...document.querySelectorAll('.served button')].find((each) => each.textContent === 'Unload')";
  await page.evaluate(`${unload}.click()`);
  await page.until("document.querySelector('.served .state').textContent === 'not loaded'");
  const planOf = "[...document.querySelectorAll('tr')].find((row) => row.textContent.includes('cria'))";
  await page.evaluate(`${planOf}.querySelector('.plan').click()`);
  await page.until(`${count("dialog .plan-bar span")} === 3`);
  await takePicture(page, "models-plan.png");
  await page.press("Escape");
  await page.until(`${count("dialog")} === 0`);
  await page.evaluate(`${planOf}.querySelector('.remove').click()`);
  await page.evaluate(click("dialog .danger"));
  await page.until(`${count(".table-card tbody tr")} === 1`);
});

test("the playground colors tokens and tells their probabilities, for two models at once", {
  skip,
}, async (t) => {
  const { open } = await serve(t);
  const page = await open("playground/");
  await page.until("document.activeElement?.id === 'prompt'");
  await page.write("A llama is");
  await page.until(`${count(".prompt-tokens .token")} === 3`);
  await page.evaluate(click("#two"));
  await page.evaluate("document.getElementById('prompt').form.requestSubmit()");
  await page.until(`${count(".answer [data-at]")} > 20 && ${count("[aria-busy]")} === 0`);
  await page.until(`${count(".cells .full")} > 0`);
  // By keys: the second token of the first answer.
  await page.evaluate("document.querySelector('.answer .tokens').focus()");
  const right =
    "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))";
  await page.evaluate(`${right}; ${right}`);
  await page.until(`${count(".alternatives li")} === 5 && ${count(".token.chosen")} === 1`);
  await takePicture(page, "playground.png");
  await takePicture(page, "playground-dark.png", "dark");
  await page.prefer("light");
  await page.evaluate(click("input[name=mode][value=chat]"));
  await page.evaluate("document.getElementById('system').focus()");
  await page.write("Be brief.");
  await page.evaluate("document.getElementById('user').focus()");
  await page.write("What is a llama?");
  await page.until(`${count(".prompt-tokens .special")} === 2 && ${count(".part")} === 3`);
  await page.evaluate(click("#run"));
  await page.until(`${count(".answer [data-at]")} > 20 && ${count("[aria-busy]")} === 0`);
  await takePicture(page, "playground-chat.png");
  const small = await open("playground/", phone);
  await small.until("document.activeElement?.id === 'prompt'");
  assert.equal(await small.evaluate(fits), true);
  await takePicture(small, "playground-phone.png");
});

test("the traces page filters, draws the steps of one and replays its answer", { skip }, async (t) => {
  const { server, open } = await serve(t);
  const post = async (body: object): Promise<void> => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    await answer.arrayBuffer();
  };
  const messages = [{ role: "user", content: "What is a llama?" }];
  for (const model of ["alpaca", "vicuna", "alpaca"]) await post({ model, messages, store: true });
  await post({ model: "guanaco", messages });
  const page = await open("traces/");
  await page.until(`${count(".traces tbody tr")} >= 4`);
  await takePicture(page, "traces.png");
  await page.evaluate(click("input[name=status][value=error]"));
  await page.until(`${count(".traces tbody tr")} === 1`);
  await page.evaluate(click("input[name=status][value=ok]"));
  await page.evaluate(
    "const model = document.getElementById('filter-model'); model.value = 'vicuna'; model.dispatchEvent(new Event('change'))",
  );
  // The failed one was alone before, too.
  await page.until(
    `${count(".traces tbody tr")} === 1 && document.querySelector(".traces tbody").textContent.includes("vicuna")`,
  );
  await page.evaluate(click(".traces tbody a"));
  await page.until(`${count(".span-row")} >= 2 && ${count(".attributes dt")} > 0`);
  await page.evaluate("document.querySelectorAll('.span-row')[1].click()");
  await takePicture(page, "trace.png");
  await page.evaluate(click("#replay"));
  await page.until(
    "document.querySelector('#replay').disabled === false && document.querySelector('.card [role=status]').textContent.length > 1",
  );
  await page.evaluate("location.hash = ''");
  await page.until(`${count(".traces tbody tr")} === 1`);
  const small = await open("traces/", phone);
  await small.until(`${count(".traces tbody tr")} >= 4`);
  assert.equal(await small.evaluate(fits), true);
});

test("the keys page makes a key, shows it once and revokes it; others may not see it", {
  skip,
}, async (t) => {
  const { server, open } = await serve(t, { apiKey: "the first key" });
  const page = await open("keys/");
  await page.until(`${count("dialog input")} >= 1`);
  await page.evaluate("document.querySelector('dialog input').focus()");
  await page.write("the first key");
  await page.press("Enter");
  await page.until(`${count(".table-card tbody tr")} === 1`);
  await page.evaluate("document.activeElement.blur()");
  await page.press("n");
  await page.until(`${count("dialog form")} === 1`);
  await page.write("laboratory");
  await page.evaluate("document.querySelector('dialog input[type=number]').focus()");
  await page.write("30");
  await takePicture(page, "keys-new.png");
  await page.press("Enter");
  await page.until(`${count(".secret")} === 1`);
  const key = String(await page.evaluate("document.querySelector('.secret').value"));
  const ask = (path: string): Promise<Response> =>
    fetch(`${server.url}/${path}`, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal((await ask("v1/models")).status, 200);
  assert.equal((await ask("v1alpha/keys")).status, 403);
  await page.press("Escape");
  await page.until(`${count("dialog")} === 0 && ${count(".table-card tbody tr")} === 2`);
  assert.equal((await page.dom()).includes(key), false, "the key is shown once");
  await takePicture(page, "keys.png");
  await page.evaluate("[...document.querySelectorAll('.actions-cell button')][0].click()");
  await page.evaluate(click("dialog .danger"));
  await page.until(`${count(".past")} === 1`);
  assert.equal((await ask("v1/models")).status, 401);
});
