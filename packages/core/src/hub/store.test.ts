import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Manifest, manifestFile } from "./manifest.ts";
import { findModel, homeFolder, listModels, newestModel, removeModel } from "./store.ts";

let folder: string;

async function add(name: string, source: string, pulledAt: string): Promise<void> {
  const manifest: Manifest = {
    name,
    source,
    commit: null,
    primary: `${name}.gguf`,
    files: [{ path: `${name}.gguf`, sizeBytes: 4, sha256: null }],
    pulledAt,
  };
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, `${name}.gguf`), "GGUF");
  await writeFile(join(folder, name, manifestFile), JSON.stringify(manifest));
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "llamero-store-"));
  await add("Llama-3.2-1B-Q4_0", "hf:u/one:Q4_0", "2024-07-23T00:00:00Z");
  await add("Llama-3.2-1B-Q8_0", "hf:u/one:Q8_0", "2024-07-24T00:00:00Z");
  await writeFile(join(folder, "copied.gguf"), "GGUF!");
  await mkdir(join(folder, "unfinished"));
  await writeFile(join(folder, "unfinished", "x.gguf.incomplete"), "GG");
});

after(() => rm(folder, { recursive: true, force: true }));

test("listModels lists pulled and copied models, newest first, and no unfinished one", async () => {
  const models = await listModels(folder);
  assert.deepEqual(
    models.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [
      ["copied", 5],
      ["Llama-3.2-1B-Q8_0", 4],
      ["Llama-3.2-1B-Q4_0", 4],
    ],
  );
  assert.equal((await newestModel(folder))?.name, "copied");
  assert.deepEqual(await listModels(join(folder, "nothing")), []);
});

test("findModel accepts names, sources, beginnings and paths", async () => {
  assert.equal((await findModel("llama-3.2-1b-q4_0", folder))?.name, "Llama-3.2-1B-Q4_0");
  assert.equal((await findModel("hf:u/one:q8_0", folder))?.name, "Llama-3.2-1B-Q8_0");
  assert.equal((await findModel("cop", folder))?.path, join(folder, "copied.gguf"));
  assert.equal((await findModel(join(folder, "copied.gguf"), folder))?.name, "copied");
  assert.equal(await findModel("mistral", folder), null);
  await assert.rejects(findModel("llama", folder), /fits 2 models: Llama-3\.2-1B-Q8_0, Llama-3\.2-1B-Q4_0/);
});

test("removeModel removes stored models only", async () => {
  const outside = await findModel(
    join(folder, "..", folder.slice(folder.lastIndexOf("/") + 1), "copied.gguf"),
    join(folder, "unfinished"),
  );
  await assert.rejects(removeModel(outside!, join(folder, "unfinished")), /is not in the store/);
  await removeModel((await findModel("Llama-3.2-1B-Q4_0", folder))!, folder);
  assert.equal((await listModels(folder)).length, 2);
});

test("homeFolder follows LLAMERO_HOME, then XDG_CACHE_HOME", () => {
  assert.equal(homeFolder({ LLAMERO_HOME: "/a", XDG_CACHE_HOME: "/b" }), "/a");
  assert.equal(homeFolder({ XDG_CACHE_HOME: "/b" }), "/b/llamero");
  assert.match(homeFolder({}), /\.cache\/llamero$/);
});
