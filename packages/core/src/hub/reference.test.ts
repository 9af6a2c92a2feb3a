import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFiles } from "./choose-files.ts";
import { defaultEndpoint, type HubFile } from "./client.ts";
import { formatReference, parseReference } from "./reference.ts";

test("parseReference reads every form", () => {
  const forms: [text: string, canonical: string][] = [
    ["user/repo", "hf:user/repo"],
    ["hf:user/repo", "hf:user/repo"],
    ["hf:user/repo:Q4_K_M", "hf:user/repo:Q4_K_M"],
    ["user/repo@v1.0:sub/file.gguf", "hf:user/repo@v1.0:sub/file.gguf"],
    ["https://huggingface.co/user/repo", "hf:user/repo"],
    ["https://huggingface.co/user/repo/blob/main/a%20b.gguf", "hf:user/repo:a b.gguf"],
    ["https://huggingface.co/user/repo/resolve/dev/x.gguf?download=true", "hf:user/repo@dev:x.gguf"],
    ["https://example.org/models/x.gguf", "https://example.org/models/x.gguf"],
  ];
  for (const [text, canonical] of forms) {
    assert.equal(formatReference(parseReference(text, defaultEndpoint)), canonical, text);
  }
  for (const text of ["model", "a/b/c", "hf:a/b:", "hf:../b", "a/b@"]) {
    assert.throws(() => parseReference(text, defaultEndpoint), SyntaxError, text);
  }
});

const files = (...paths: string[]): HubFile[] => paths.map((path) => ({ path, sizeBytes: 1, digest: null }));
const chosen = (list: HubFile[], selector: string | null): string[] =>
  chooseFiles(list, "u/Repo", selector).files.map(({ path }) => path);

test("chooseFiles prefers Q4_K_M, then Q4_0, then Q8_0", () => {
  const all = files("m-Q8_0.gguf", "m-Q4_0.gguf", "m-Q4_K_M.gguf", "mmproj-Q4_K_M.gguf");
  assert.deepEqual(chosen(all, null), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(chosen(all.slice(0, 2), null), ["m-Q4_0.gguf"]);
  assert.deepEqual(chosen(all.slice(0, 1), null), ["m-Q8_0.gguf"]);
  assert.deepEqual(chosen(all, "q8_0"), ["m-Q8_0.gguf"]);
  assert.deepEqual(chosen(all, "m-Q4_0.gguf"), ["m-Q4_0.gguf"]);
  assert.throws(() => chosen(all, "Q2_K"), /no file or quantization Q2_K; it has m-Q8_0\.gguf/);
  assert.throws(() => chosen(files("a-x.gguf", "a-y.gguf"), null), /several GGUF files; name one/);
});

test("chooseFiles takes all parts of a sharded GGUF and refuses a gap", () => {
  const parts = files("q/m-Q4_0-00002-of-00002.gguf", "q/m-Q4_0-00001-of-00002.gguf");
  assert.deepEqual(chosen(parts, "Q4_0"), ["q/m-Q4_0-00001-of-00002.gguf", "q/m-Q4_0-00002-of-00002.gguf"]);
  assert.equal(chooseFiles(parts, "u/Repo", "Q4_0").name, "m-Q4_0");
  assert.throws(() => chosen(parts.slice(0, 1), "Q4_0"), /one of 2 parts, but only 1/);
});

test("chooseFiles takes a whole safetensors model without doubles", () => {
  const all = files(
    "README.md",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "consolidated.safetensors",
    "original/tokenizer.model",
  );
  assert.deepEqual(chosen(all, null), [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ]);
  assert.throws(() => chosen(files("README.md"), null), /neither GGUF nor safetensors/);
});
