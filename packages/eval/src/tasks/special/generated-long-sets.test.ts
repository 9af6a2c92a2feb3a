import assert from "node:assert/strict";
import test from "node:test";
import {
  generatedLongSets,
  generatedRows,
  measureCharsPerToken,
  metaLengths,
} from "./generated-long-sets.ts";

function promptText(name: string, row: object): string {
  const task = generatedLongSets.find((one) => one.name === name)!;
  const prompt = task.prompt(task.parse(row as Record<string, unknown>), []);
  assert.equal(prompt.kind, "chat");
  return prompt.kind === "chat" ? prompt.messages[0]!.content : "";
}

test("generated sets are the same for a seed, fill the budget and stay within it", () => {
  for (const { name } of generatedLongSets) {
    for (const length of [1000, 4000]) {
      const row = { seed: 5, length, depth: 0.5, chars_per_token: 4 };
      const text = promptText(name, row);
      assert.equal(promptText(name, row), text);
      assert.notEqual(promptText(name, { ...row, seed: 6 }), text);
      assert.ok(text.length <= length * 4, `${name} has ${text.length} characters for ${length} tokens`);
      assert.ok(text.length > (length - 200) * 4 * 0.6, `${name} has ${text.length} for ${length} tokens`);
    }
  }
});

test("needle_single stands at its depth up to 131,072 tokens", () => {
  for (const depth of [0, 0.5, 1]) {
    const text = promptText("needle_single", { seed: 1, length: 131_072, depth });
    const at = text.indexOf("The secret number") / text.length;
    assert.ok(Math.abs(at - depth) < 0.01, `${at} for ${depth}`);
  }
});

test("generated sets make their records: fitted to the tokenizer, within the context, Meta's lengths on request", () => {
  const words = (text: string): number => text.split(/\s+/).length;
  for (const { name, source } of generatedLongSets) {
    const generate = source.generate!;
    const rows = generate({ contextLimit: 4096, countTokens: words });
    assert.deepEqual([...new Set(rows.map(({ length }) => length))], [1000, 2000]);
    for (const row of rows) {
      const used = words(promptText(name, row));
      assert.ok(used <= (row["length"] as number), `${name}: ${used} of ${row["length"]}`);
    }
    assert.equal(generate({ lengths: "meta" }).length, 50);
    assert.equal(generate({ lengths: "meta", contextLimit: 131_072 }).at(-1)!["length"], 131_072 - 256);
    assert.throws(
      () => generate({ lengths: [5000], contextLimit: 4096 }),
      /5000 tokens is longer than the context of 4096/,
    );
  }
});

test("generatedRows has Meta's ten even lengths, and measureCharsPerToken fits them to a tokenizer", () => {
  assert.deepEqual([metaLengths.length, metaLengths[0], metaLengths.at(-1)], [10, 2000, 131_072]);
  assert.equal(generatedRows({ seeds: [1, 2] }).length, 100);
  const words = (text: string): number => text.split(/\s+/).length;
  const charsPerToken = measureCharsPerToken("needle_single", words);
  const [row] = generatedRows({ lengths: [3000], depths: [0.5], charsPerToken });
  const used = words(promptText("needle_single", row!));
  assert.ok(used > 2500 && used <= 3000, String(used));
});
