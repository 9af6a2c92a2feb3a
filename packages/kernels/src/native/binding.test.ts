import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkInterface, nativeInterface } from "./binding.ts";

test("checkInterface refuses an addon of another build and says what to do", () => {
  checkInterface({ interfaceNumber: nativeInterface }, "kernels.node");
  for (const addon of [{}, { interfaceNumber: nativeInterface + 1 }]) {
    assert.throws(
      () => checkInterface(addon, "kernels.node"),
      /^Error: Native addon at kernels.node has interface \d+, but this version needs \d+; rebuild: npm run build$/,
    );
  }
});

test("nativeInterface is the number in the C++ sources", () => {
  const header = readFileSync(new URL("../../native/src/kernels.h", import.meta.url), "utf8");
  assert.equal(Number(/constexpr int INTERFACE = (\d+);/.exec(header)?.[1]), nativeInterface);
});
