import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { floatTensor, renameTensor, writeGguf, writeSafetensors } from "@llamero/core";
import { tinyMetadata, tinyTensors } from "./fake-model.ts";
import { callCommand, type Outcome } from "./fake-terminal.ts";

/** Files by the name that the cases use. */
function writeFiles(folder: string): void {
  const at = (name: string): string => join(folder, name);
  const ours = tinyTensors.map(({ name, shape, values }) =>
    floatTensor(renameTensor(name, "hf", "gguf")!, shape, values),
  );
  writeGguf(at("good.gguf"), { metadata: tinyMetadata("llama"), tensors: ours });
  writeGguf(at("mamba.gguf"), { metadata: tinyMetadata("mamba"), tensors: ours });
  writeGguf(at("bare.gguf"), {
    metadata: tinyMetadata("llama").filter(([key]) => !key.startsWith("tokenizer.")),
    tensors: ours,
  });
  writeGguf(at("partial.gguf"), { metadata: tinyMetadata("llama"), tensors: ours.slice(0, -2) });
  const good = readFileSync(at("good.gguf"));
  writeFileSync(at("cut.gguf"), good.subarray(0, good.length - 5000));
  writeFileSync(at("header.gguf"), good.subarray(0, 300));
  writeFileSync(at("empty.gguf"), "");
  writeFileSync(at("text.gguf"), "This is not a model, just a text of some length.\n".repeat(20));
  // The type of a tensor follows its name and its shape.
  const name = Buffer.from("token_embd.weight");
  for (const [file, type] of [
    ["unknown.gguf", 99],
    ["iq2.gguf", 16],
  ] as const) {
    const damaged = Buffer.from(good);
    const end = damaged.indexOf(name) + name.length;
    damaged.writeUInt32LE(type, end + 4 + 2 * 8);
    writeFileSync(at(file), damaged);
  }
  for (const folderName of ["hf", "hf-other"]) {
    mkdirSync(at(folderName));
    writeSafetensors(join(at(folderName), "model.safetensors"), {
      tensors: tinyTensors.map((each) => floatTensor(each.name, each.shape, each.values)),
    });
  }
  const json = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: 32,
    intermediate_size: 64,
  };
  const counts = { num_hidden_layers: 1, num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 257 };
  const rest = { rms_norm_eps: 1e-5, max_position_embeddings: 64, tie_word_embeddings: true };
  writeFileSync(at("hf/config.json"), JSON.stringify({ ...json, ...counts, ...rest }));
  const other = { architectures: ["MistralForCausalLM"], model_type: "mistral" };
  writeFileSync(at("hf-other/config.json"), JSON.stringify({ ...json, ...counts, ...rest, ...other }));
  const safetensors = readFileSync(at("hf/model.safetensors"));
  safetensors.writeBigUInt64LE(2n ** 40n, 0);
  writeFileSync(at("hf/model.safetensors"), safetensors);
  writeFileSync(at("ids.json"), "[1, 2, 257]");
  writeFileSync(at("words.json"), "[1, 2, three]");
  writeFileSync(at("latin1.txt"), Buffer.from("Müller\n", "latin1"));
}

interface Case {
  name: string;
  words: readonly string[];
  code: 1 | 2;
  /** What the message must say: what failed, the value, what to do. */
  says: readonly RegExp[];
  input?: string | Uint8Array;
}

const run = (model: string, ...flags: string[]): string[] => ["run", model, "--raw", "-n", "2", ...flags];
const hello = { input: "Hello" };

const cases: readonly Case[] = [
  {
    name: "a cut GGUF file",
    words: run("./cut.gguf"),
    ...hello,
    code: 1,
    says: [/cut\.gguf/, /end|size|bytes/],
  },
  {
    name: "a GGUF file cut in its header",
    words: ["inspect", "./header.gguf"],
    code: 1,
    says: [/header\.gguf/],
  },
  { name: "an empty file", words: ["inspect", "./empty.gguf"], code: 1, says: [/empty\.gguf/] },
  { name: "a text as a model", words: run("./text.gguf"), ...hello, code: 1, says: [/text\.gguf/] },
  {
    name: "a GGUF file without some tensors",
    words: run("./partial.gguf"),
    ...hello,
    code: 1,
    says: [/partial\.gguf|[Tt]ensor/, /missing/],
  },
  {
    name: "a corrupt safetensors header",
    words: run("./hf"),
    ...hello,
    code: 1,
    says: [/model\.safetensors/, /1099511627776|header/],
  },
  {
    name: "another architecture in GGUF",
    words: run("./mamba.gguf"),
    ...hello,
    code: 1,
    says: [/mamba/, /llama/],
  },
  {
    name: "another architecture in config.json",
    words: run("./hf-other"),
    ...hello,
    code: 1,
    says: [/[Mm]istral/, /[Ll]lama/],
  },
  {
    name: "a tensor of no known format",
    words: run("./unknown.gguf"),
    ...hello,
    code: 1,
    says: [/token_embd\.weight/, /99/],
  },
  {
    name: "a tensor of a format that is not supported",
    words: run("./iq2.gguf"),
    ...hello,
    code: 1,
    says: [/token_embd\.weight/, /16|IQ2_XXS/i],
  },
  {
    name: "a file that is not there",
    words: run("./nowhere.gguf"),
    ...hello,
    code: 2,
    says: [/nowhere\.gguf/],
  },
  {
    name: "a model that is not there",
    words: run("nowhere"),
    ...hello,
    code: 2,
    says: [/nowhere/, /llamero ls/],
  },
  {
    name: "text for a file without a tokenizer",
    words: run("./bare.gguf"),
    ...hello,
    code: 2,
    says: [/tokenizer/],
  },
  {
    name: "bytes that are no UTF-8",
    words: run("./good.gguf"),
    input: Uint8Array.of(72, 105, 0xff, 0xfe, 0xc3),
    code: 2,
    says: [/UTF-8/],
  },
  { name: "an empty prompt", words: run("./good.gguf"), input: "", code: 2, says: [/empty/, /llamero run/] },
  {
    name: "a prompt beyond the context",
    words: run("./good.gguf"),
    input: "word ".repeat(100),
    code: 2,
    says: [/500/, /64/],
  },
  {
    name: "a context beyond the model's",
    words: run("./good.gguf", "-c", "128"),
    ...hello,
    code: 2,
    says: [/64/, /128/, /--ctx-size/],
  },
  {
    name: "temperature NaN",
    words: run("./good.gguf", "--temp", "NaN"),
    ...hello,
    code: 2,
    says: [/--temp/, /NaN/],
  },
  {
    name: "a negative temperature",
    words: run("./good.gguf", "--temp", "-0.5"),
    ...hello,
    code: 2,
    says: [/--temp/, /-0\.5/],
  },
  {
    name: "an infinite temperature",
    words: run("./good.gguf", "--temp", "Infinity"),
    ...hello,
    code: 2,
    says: [/temp/, /Infinity/],
  },
  {
    name: "top-p above 1",
    words: run("./good.gguf", "--top-p", "1.1"),
    ...hello,
    code: 2,
    says: [/--top-p/, /1\.1/],
  },
  {
    name: "a negative top-k",
    words: run("./good.gguf", "--top-k", "-3"),
    ...hello,
    code: 2,
    says: [/--top-k/, /-3/],
  },
  {
    name: "a negative seed",
    words: run("./good.gguf", "--seed", "-1"),
    ...hello,
    code: 2,
    says: [/--seed/, /-1/],
  },
  {
    name: "no tokens to predict",
    words: ["run", "./good.gguf", "-n", "0"],
    ...hello,
    code: 2,
    says: [/--predict/, /0/],
  },
  {
    name: "an unknown backend",
    words: run("./good.gguf", "--backend", "cuda"),
    ...hello,
    code: 2,
    says: [/cuda/, /wasm/],
  },
  {
    name: "an unknown mode",
    words: run("./good.gguf", "--mode", "best"),
    ...hello,
    code: 2,
    says: [/best/, /exact/],
  },
  { name: "no threads", words: run("./good.gguf", "-t", "0"), ...hello, code: 2, says: [/--threads/, /0/] },
  {
    name: "a token id outside the vocabulary",
    words: ["run", "./good.gguf", "--prompt-ids", "ids.json"],
    code: 2,
    says: [/257/],
  },
  {
    name: "a token id outside the vocabulary in logits",
    words: ["logits", "./good.gguf", "--prompt-ids", "ids.json"],
    code: 2,
    says: [/257/],
  },
  {
    name: "token ids that are no numbers",
    words: ["run", "./good.gguf", "--prompt-ids", "words.json"],
    code: 2,
    says: [/words\.json/],
  },
  {
    name: "a file that is no UTF-8",
    words: ["perplexity", "./good.gguf", "--file", "latin1.txt"],
    code: 2,
    says: [/latin1\.txt/, /UTF-8/],
  },
  {
    name: "a text file that is not there",
    words: ["perplexity", "./good.gguf", "--file", "nowhere.txt"],
    code: 2,
    says: [/nowhere\.txt/, /no such file/],
  },
  {
    name: "an empty stop text",
    words: run("./good.gguf", "--stop", ""),
    ...hello,
    code: 2,
    says: [/--stop/],
  },
  {
    name: "an unknown flag",
    words: run("./good.gguf", "--temperatur", "1"),
    ...hello,
    code: 2,
    says: [/--temperatur/, /--help/],
  },
];

const cwd = process.cwd();
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "llamero-bad-"));
  writeFiles(folder);
  process.chdir(folder);
});

after(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
});

const llamero = (words: readonly string[], input: string | Uint8Array = ""): Promise<Outcome> =>
  callCommand(words, { input, env: { LLAMERO_HOME: join(folder, "home") } });

test("the model that bad input is tried on works", async () => {
  assert.ok(existsSync(join(folder, "good.gguf")));
  const { code, stderr } = await llamero(run("./good.gguf", "--json"), "Hello");
  assert.equal(code, 0, stderr);
});

test("bad input ends in one clear message", async (t) => {
  for (const { name, words, input, code, says } of cases) {
    await t.test(name, async () => {
      const outcome = await llamero(words, input);
      const what = `llamero ${words.join(" ")}: ${JSON.stringify(outcome)}`;
      assert.equal(outcome.code, code, what);
      assert.equal(outcome.stdout, "", what);
      assert.match(outcome.stderr, /^Error: [^\n]+\n([^\n]+\n)?$/, what);
      assert.doesNotMatch(outcome.stderr, /\n\s+at |undefined|\[object|node:internal/, what);
      for (const part of says) assert.match(outcome.stderr, part, what);
    });
  }
});
