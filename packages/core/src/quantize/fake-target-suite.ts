/** What quantisation to every target has to hold. Tests only. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Backend } from "@llamero/kernels";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { temporaryFolder } from "../formats/test-model.ts";
import { fakeText, writeFakeModel } from "./fake-model.ts";
import { measureCost } from "./measure-cost.ts";
import { readProof } from "./proof.ts";
import { quantizeModel } from "./quantize.ts";
import { type QuantizeTargetName, quantizeTargets } from "./targets.ts";

/** Largest root mean square error of a matrix, relative to that of its weights, by target. */
const errorBounds: { readonly [T in QuantizeTargetName]: number } = {
  fp8: 0.03,
  int8: 0.008,
  q8_0: 0.008,
  q6_k: 0.025,
  q5_k: 0.05,
  q5_k_s: 0.05,
  q5_1: 0.05,
  q5_0: 0.06,
  q4_k: 0.1,
  q4_k_s: 0.1,
  q4_1: 0.1,
  q4_0: 0.12,
};

/** Tests of these targets. */
export function targetSuite(targets: readonly QuantizeTargetName[], open: () => Backend): void {
  for (const target of targets) {
    test(`quantizeModel to ${target} writes a file that loads, is close to its source and holds its own proof`, async (t) => {
      const backend = open();
      const folder = temporaryFolder(t);
      const source = writeFakeModel(folder);
      const out = join(folder, "out");
      const options = { target, backend, text: fakeText, force: true };
      const { proof, isKept, sizeBytes } = await quantizeModel(source, out, options);
      assert.ok(isKept);
      const written = openCheckpoint(out);
      assert.equal(written.kind, quantizeTargets[target].container);
      assert.ok(sizeBytes < source.sizeBytes);
      assert.deepEqual(readProof(written.metadata), proof);
      assert.equal(proof!.isWithinLimit, proof!.perplexityCost <= quantizeTargets[target].maxPerplexityCost);
      assert.equal(proof!.tokens, Buffer.byteLength(fakeText.content));
      assert.ok(proof!.klMean > 0 && proof!.klP99 >= proof!.klMean && proof!.topOneAgreement > 0.5);
      const again = await measureCost(source, written, { backend, text: fakeText.content });
      for (const [name, value] of Object.entries(again)) assert.equal(Reflect.get(proof!, name), value, name);
      for (const tensor of written.tensors.values()) {
        if (tensor.shape.length === 1 || /[qk]_proj/.test(tensor.name)) continue;
        const expected = readTensorRows(source.tensors.get(tensor.name)!, 0, tensor.shape[0]!);
        const actual = readTensorRows(tensor, 0, tensor.shape[0]!);
        const error = actual.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0);
        const power = expected.reduce((sum, value) => sum + value ** 2, 0);
        const relative = Math.sqrt(error / power);
        assert.ok(relative < errorBounds[target], `${tensor.name}: ${relative}`);
      }
      assert.deepEqual(readdirSync(folder).sort(), ["fake.gguf", "out"]);
    });
  }
}
