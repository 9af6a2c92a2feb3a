import assert from "node:assert/strict";
import { test } from "node:test";
import type { Checkpoint } from "@llamero/core";
import { spellBytes } from "@llamero/core/tokenizer";
import { createReferenceBackend } from "@llamero/kernels";
import { checkpointFromParams, randomParams } from "../session/model-params.ts";
import { listSpecialTokens } from "../tokenizer/special-tokens.ts";
import { writeTokenizerJson } from "../tokenizer/tokenizer-json.ts";
import { byteConfig } from "../tune/fake-model-folder.ts";
import { checkExtension } from "./check-extension.ts";
import { checkCopies } from "./copy-check.ts";
import { lossesByPosition, positionStretches } from "./position-loss.ts";

const spellings = Array.from({ length: 256 }, (_, byte) => spellBytes(Uint8Array.of(byte)));
const tokenizer = {
  kind: "tokenizer.json",
  text: writeTokenizerJson({ spellings, merges: [] }, listSpecialTokens(0)),
} as const;

/** A model of bytes; `spread` makes its guesses bolder, and so wronger. */
function model(name: string, context: number, spread: number): Checkpoint {
  const params = randomParams({ ...byteConfig, maxPositionEmbeddings: context }, 4);
  const norm = params.values.get("model.norm.weight")!;
  norm.fill(spread);
  return checkpointFromParams(params, { name, tokenizer, bosTokenId: 256, eosTokenIds: [257] });
}

const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
const options = { text, length: 96, windows: 2 };

test("checkExtension gives losses before and after, by position and of copies, and lets an equal model pass", async () => {
  const backend = createReferenceBackend();
  await using _ = backend;
  const report = await checkExtension(model("old", 32, 1), model("new", 96, 1), {
    ...options,
    backend,
    maxShortRise: 0.2,
  });
  assert.deepEqual([report.length, report.shortLength], [96, 32]);
  assert.ok(Math.abs(report.short.rise) < 1e-6);
  assert.deepEqual(
    report.positions.map(({ from, below, before }) => [from, below, before]),
    [
      [1, 32, null],
      [32, 64, null],
      [64, 96, null],
    ],
  );
  assert.deepEqual(
    report.copies.map(({ distance }) => distance),
    [16, 64],
  );
  assert.deepEqual(report.refusals, []);
});

test("checkExtension refuses a model that lost on short windows, and lengths that make no sense", async () => {
  const backend = createReferenceBackend();
  await using _ = backend;
  const [old, worse] = [model("old", 32, 1), model("new", 96, 40)];
  const report = await checkExtension(old, worse, { ...options, backend });
  assert.ok(report.short.rise > 0.02);
  assert.match(report.refusals[0]!, /Loss of windows of 32 tokens rose by/);
  const check = (more: object): Promise<unknown> =>
    checkExtension(old, worse, { ...options, backend, ...more });
  await assert.rejects(check({ length: 200 }), /new takes 96 tokens, not 200/);
  await assert.rejects(check({ shortLength: 96 }), /nothing is longer/);
  await assert.rejects(check({ text: "short" }), /5 tokens, fewer than one window/);
});

test("lossesByPosition takes each token once, by its place", () => {
  const stretches = positionStretches(10, 4);
  assert.deepEqual(stretches, [
    { from: 1, below: 4 },
    { from: 4, below: 8 },
    { from: 8, below: 10 },
  ]);
  const losses = Float32Array.from({ length: 9 }, (_, i) => i + 1);
  assert.deepEqual(
    lossesByPosition([losses], stretches).map(({ loss, tokens }) => [loss, tokens]),
    [
      [2, 3],
      [5.5, 4],
      [8.5, 2],
    ],
  );
});

test("checkCopies sees that a model which looks back repeats, and that one which does not cannot", async () => {
  const vocabSize = 50;
  const filler = Int32Array.from({ length: 200 }, (_, i) => (i * 7) % 50);
  /** Bets on what followed the last four tokens earlier, or on nothing. */
  const lookBack = (looks: boolean) => ({
    async *logits(tokens: Int32Array): AsyncGenerator<Float32Array, void> {
      for (let at = 0; at < tokens.length; at++) {
        const row = new Float32Array(vocabSize);
        for (let from = 3; looks && from < at; from++)
          if ([0, 1, 2, 3].every((back) => tokens[from - back] === tokens[at - back]))
            row[tokens[from + 1]!] = 9;
        yield row;
      }
    },
  });
  const settings = { filler, length: 96, vocabSize };
  const [looks, blind] = [
    await checkCopies(lookBack(true), settings),
    await checkCopies(lookBack(false), settings),
  ];
  for (const [index, { repeated, first }] of looks.entries()) {
    assert.ok(repeated < 0.3 && first > 3, `${repeated} and ${first}`);
    assert.ok(Math.abs(blind[index]!.repeated - Math.log(vocabSize)) < 1e-5);
  }
});
