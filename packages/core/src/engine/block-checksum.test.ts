import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { createBlockSlot } from "./block-checksum.ts";

/** xxHash32's rounds in 16 lanes, word by word. */
function checksumByWord(bytes: Uint8Array): number {
  const padded = new Uint8Array(Math.ceil(bytes.length / 64) * 64);
  padded.set(bytes);
  const words = new Int32Array(padded.buffer);
  const lanes = Int32Array.from({ length: 16 }, (_, i) => i + 1);
  words.forEach((word, i) => {
    const sum = (lanes[i % 16]! + Math.imul(word, 0x85ebca77)) | 0;
    lanes[i % 16] = Math.imul((sum << 13) | (sum >>> 19), 0x9e3779b1);
  });
  return crc32(new Uint8Array(lanes.buffer));
}

test("BlockSlot.checksum is what its description says, and shows every changed bit", () => {
  for (const size of [64, 100, 1000, 4096]) {
    const slot = createBlockSlot(size);
    const { payload, file } = slot;
    for (let i = 0; i < size; i++) payload[i] = (i * 31 + 7) % 251;
    file[file.length - 1] = 77;
    const want = slot.checksum();
    assert.equal(want, checksumByWord(payload));
    for (let bit = 0; bit < size * 8; bit += 37) {
      payload[bit >> 3]! ^= 1 << (bit & 7);
      assert.notEqual(slot.checksum(), want);
      payload[bit >> 3]! ^= 1 << (bit & 7);
    }
    assert.equal(slot.checksum(), want);
  }
});
