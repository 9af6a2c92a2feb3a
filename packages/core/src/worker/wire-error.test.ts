import assert from "node:assert/strict";
import { test } from "node:test";
import { ContextOverflowError, InsufficientMemoryError, QueueFullError } from "../engine/errors.ts";
import { FormatError } from "../formats/format-error.ts";
import { fromWireError, toWireError } from "./wire-error.ts";

const errors: readonly Error[] = [
  new TypeError("a"),
  new RangeError("b"),
  new ContextOverflowError({ promptTokens: 3, maxTokens: 4, contextLimit: 5 }),
  new QueueFullError(7, { numRunning: 2, retryAfterMs: 2500 }),
  new InsufficientMemoryError("c", { neededBytes: 2, availableBytes: 1 }),
];

test("fromWireError gives back the class, the message and the numbers of errors that callers tell apart", () => {
  for (const error of errors) {
    const got = fromWireError(structuredClone(toWireError(error)));
    assert.equal(got.constructor, error.constructor);
    assert.equal(got.message, error.message);
    assert.deepEqual({ ...got }, { ...error });
    assert.equal(got.stack, error.stack);
  }
});

test("fromWireError keeps the name of any other error, and takes what is none", () => {
  const got = fromWireError(toWireError(new FormatError("is damaged", { file: "x", offset: 3 })));
  assert.deepEqual([got.name, got.message], ["FormatError", "x: is damaged (byte 3)"]);
  assert.equal(fromWireError(toWireError("just text")).message, "just text");
});
