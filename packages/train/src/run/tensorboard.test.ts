import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { TensorBoardWriter } from "./tensorboard.ts";

test("crc32c gives the values of RFC 3720, B.4", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

test("TensorBoardWriter writes frames with their checksums and a scalar for each figure", () => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-board-"));
  {
    using board = new TensorBoardWriter(folder);
    board.add({
      event: "step",
      step: 300,
      tokens: 5,
      loss: 1.5,
      learningRate: 0.25,
      gradientNorm: 2,
      tokensPerSecond: 10,
      seconds: 1,
      more: { accuracy: 0.5 },
    });
    board.add({ event: "eval", step: 300, values: { validationLoss: 4 } });
    board.add({ event: "note", step: 300, text: "no scalar" });
  }
  const bytes = readFileSync(join(folder, readdirSync(folder)[0]!));
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    assert.equal(bytes.readUInt32LE(at + 8), maskedCrc32c(bytes.subarray(at, at + 8)));
    const message = bytes.subarray(at + 12, at + 12 + length);
    assert.equal(bytes.readUInt32LE(at + 12 + length), maskedCrc32c(message));
    messages.push(message);
    at += 16 + length;
  }
  assert.equal(messages.length, 3);
  assert.ok(messages[0]!.includes("brain.Event:2"));
  // Step 300 is the varint AC 02 of field 2; tag and value of loss stand one after the other.
  assert.ok(messages[1]!.includes(Buffer.from([0x10, 0xac, 0x02])));
  const loss = Buffer.concat([
    Buffer.from([0x0a, 10]),
    Buffer.from("train/loss"),
    Buffer.from([0x15, 0, 0, 0xc0, 0x3f]),
  ]);
  assert.ok(messages[1]!.includes(loss));
  assert.ok(messages[1]!.includes("train/accuracy"));
  assert.ok(messages[2]!.includes("eval/validationLoss"));
});
