import assert from "node:assert/strict";
import { test } from "node:test";
import { EventDataParser } from "./event-data.ts";

test("EventDataParser gives the same data however the text is cut", () => {
  const text = ': waiting\n\ndata: {"a":1}\n\ndata:b\ndata: c\r\n\r\ndata: [DONE]\n\n';
  for (const size of [1, 2, 3, 7, 100]) {
    const parser = new EventDataParser();
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    assert.deepEqual(
      pieces.flatMap((piece) => parser.push(piece)),
      ['{"a":1}', "b\nc", "[DONE]"],
    );
  }
});
