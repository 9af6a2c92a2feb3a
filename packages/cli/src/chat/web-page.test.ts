import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ServableModel } from "@llamero/stack";
import { startWebPage } from "./web-page.ts";

// Nobody asks it anything.
const model = {} as ServableModel;

/** Body of a page. */
function load(url: string): Promise<string> {
  return new Promise((done, fail) => {
    get(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => done(text));
    }).on("error", fail);
  });
}

/** What is written to standard error meanwhile. */
async function spokenDuring<T>(action: () => Promise<T>): Promise<{ result: T; spoken: string }> {
  const { write } = process.stderr;
  let spoken = "";
  process.stderr.write = ((text: string) => {
    spoken += text;
    return true;
  }) as typeof write;
  try {
    const result = await action();
    return { result, spoken };
  } finally {
    process.stderr.write = write;
  }
}

test("startWebPage serves the page until disposed and prints its address", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llamero-page-"));
  try {
    await writeFile(join(folder, "index.html"), "<p>a page</p>");
    const { result: page, spoken } = await spokenDuring(() => startWebPage("tiny", model, folder));
    assert.match(page.url ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(spoken.includes(`web page ${page.url}`), spoken);
    assert.equal(await load(`${page.url}/`), "<p>a page</p>");
    await page[Symbol.asyncDispose]();
    await assert.rejects(load(`${page.url}/`), { code: "ECONNREFUSED" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("startWebPage says in one line why there is no page", async () => {
  const { result, spoken } = await spokenDuring(() => startWebPage("tiny", model, null));
  assert.equal(result.url, null);
  assert.match(spoken, /^[^\n]*no web page: [^\n]+not built[^\n]+\n$/);
  await result[Symbol.asyncDispose]();
});
