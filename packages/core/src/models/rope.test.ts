import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sharedPath } from "../testdata.ts";
import { inverseFrequencies } from "./rope.ts";

interface Case {
  head_dim: number;
  factor: number;
  inv_freq_raw: number[];
  inv_freq: number[];
  gguf_rope_freqs: number[];
}

const close = (got: number[], want: number[]): void => {
  assert.equal(got.length, want.length);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - want[i]!) <= 1e-7 * want[i]!, `${i}: ${value} != ${want[i]}`);
  });
};

test("inverseFrequencies matches the golden llama3 and divisor scalings", (t) => {
  const path = sharedPath("golden/rope.json");
  if (path === null) return t.skip("needs ../shared: golden/rope.json");
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Record<string, Case> };
  for (const golden of Object.values(cases)) {
    const base = { headDim: golden.head_dim, ropeTheta: 500000 };
    const llama3 = {
      ropeType: "llama3",
      factor: golden.factor,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositionEmbeddings: 8192,
    } as const;
    close(inverseFrequencies({ ...base, ropeScaling: null }), golden.inv_freq_raw);
    close(inverseFrequencies({ ...base, ropeScaling: llama3 }), golden.inv_freq);
    const divisors = { ropeType: "divisors", divisors: golden.gguf_rope_freqs } as const;
    close(inverseFrequencies({ ...base, ropeScaling: divisors }), golden.inv_freq);
  }
});

test("inverseFrequencies divides by a linear factor and refuses divisors of the wrong length", () => {
  const base = { headDim: 8, ropeTheta: 10000 };
  const plain = inverseFrequencies({ ...base, ropeScaling: null });
  const halved = inverseFrequencies({ ...base, ropeScaling: { ropeType: "linear", factor: 2 } });
  close(
    halved,
    plain.map((value) => value / 2),
  );
  assert.throws(
    () => inverseFrequencies({ ...base, ropeScaling: { ropeType: "divisors", divisors: [1, 1] } }),
    { name: "RangeError", message: "RoPE has 2 frequency divisors, but a head of 8 needs 4" },
  );
});
