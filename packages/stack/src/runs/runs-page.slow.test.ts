import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openAddress, skipPage as skip, webRoot } from "../fake-browser.ts";
import { startRunsServer } from "./runs-server.ts";

/** Events of a run whose loss falls, with evaluations, samples and notes. */
function eventsOf(from: number, to: number, floor: number): string {
  const lines: unknown[] = [];
  for (let step = from; step <= to; step++) {
    const loss = floor + 6 * Math.exp(-step / 120) + 0.1 * Math.sin(step * 1.7);
    lines.push({
      event: "step",
      step,
      tokens: step * 4096,
      loss,
      learningRate: 1e-3 * (1 - step / 2000),
      gradientNorm: 0.5 + 2 * Math.exp(-step / 100),
      tokensPerSecond: 6900 + 200 * Math.sin(step),
      seconds: step * 0.6,
    });
    if (step % 100 !== 0) continue;
    lines.push({ event: "eval", step, values: { validationLoss: loss + 0.1, passageEm: step / 2000 } });
    lines.push({
      event: "sample",
      step,
      prompt: "Once upon a time",
      text: ` there was <b>step ${step}</b>.`,
    });
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

test("the page of runs draws curves of several runs, follows them and can be steered by keys", {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-runs-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, floor] of [
    ["ablation", 2.4],
    ["cria/pretrain", 1.6],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "run.json"), '{"recipe": {"batch": {"steps": 1000}}}');
    writeFileSync(join(folder, name, "metrics.jsonl"), eventsOf(1, 400, floor));
  }
  const server = await startRunsServer({ folder, webRoot: join(webRoot, "runs"), port: 0, pollMs: 50 });
  t.after(() => server.close({ graceMs: 0 }));
  const page = await openAddress(t, server.url, { width: 1280, height: 900 });
  await page.until("document.querySelectorAll('#runs li').length === 2");
  await page.until("document.querySelectorAll('#charts .card').length === 5");
  await page.evaluate("document.querySelector('#runs input:not(:checked)').click()");
  await page.until("document.querySelectorAll('.large path.line').length === 4");
  // The loss of training and of validation, smoothed lines over raw ones; no address but the server's own.
  const addresses =
    "performance.getEntriesByType('resource').every(({ name }) => name.startsWith(location.origin))";
  assert.equal(await page.evaluate(addresses), true);
  assert.match(await page.dom(), /Once upon a time<\/span> there was &lt;b&gt;step 400&lt;\/b&gt;/);
  const screenshots = process.env["LLAMERO_SCREENSHOTS"];
  if (screenshots !== undefined) {
    await page.screenshot(join(screenshots, "runs.png"), "light");
    await page.screenshot(join(screenshots, "runs-dark.png"), "dark");
  }
  appendFileSync(join(folder, "cria/pretrain/metrics.jsonl"), eventsOf(401, 500, 1.6));
  await page.until(
    "[...document.querySelectorAll('#runs .about')].some((e) => e.textContent.includes('500 / 1,000'))",
  );
  await page.until("document.querySelector('.large svg').getAttribute('aria-label').includes('at 500')");
  await page.evaluate(
    "document.querySelector('.large svg').focus(); document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }))",
  );
  await page.until("document.querySelector('.large .legend').textContent.includes(' at 1')");
  await page.evaluate("document.querySelector('.large button').click()");
  assert.equal(
    await page.evaluate("document.querySelector('.large button').getAttribute('aria-pressed')"),
    "true",
  );
  await page.evaluate("document.querySelector('input[value=tokens]').click()");
  await page.until("document.querySelector('.large svg').getAttribute('aria-label').includes('M.')");
  await page.evaluate("window.isOld = true; location.reload()");
  await page.until("!window.isOld && document.querySelectorAll('.large path.line').length === 4");
  assert.equal(await page.evaluate("document.querySelector('input[value=tokens]').checked"), true);
});

test("the page of runs fits a phone, and says so where there is no run", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-runs-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startRunsServer({ folder, webRoot: join(webRoot, "runs"), port: 0, pollMs: 50 });
  t.after(() => server.close({ graceMs: 0 }));
  const page = await openAddress(t, server.url, { width: 360, height: 740 });
  await page.until("document.getElementById('empty').textContent.startsWith('No run has been started')");
  mkdirSync(join(folder, "first"));
  writeFileSync(join(folder, "first/metrics.jsonl"), eventsOf(1, 200, 2));
  await page.until("document.querySelectorAll('#runs li').length === 1");
  await page.evaluate("document.querySelector('#runs input').click()");
  await page.until("document.querySelectorAll('#charts .card').length === 5");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
});
