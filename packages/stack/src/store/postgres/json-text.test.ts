import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJsonText, encodeJsonText } from "./json-text.ts";

test("encodeJsonText hides what PostgreSQL cannot keep, and decodeJsonText gives it back", () => {
  const values = [
    "a\0b",
    "\\u0000",
    "\\\0",
    "\ud800",
    "\udfff!",
    "🦙",
    "\u{10ffff}",
    "\u{10ffff}0000\0",
    "\\\\ud83e",
    '\n\t"\\',
  ];
  for (const value of [...values, values]) {
    const text = JSON.stringify(value);
    const encoded = encodeJsonText(text);
    assert.equal(decodeJsonText(encoded), text);
    assert.doesNotMatch(encoded.replaceAll("\\\\", ""), /\\u(0000|d[89a-f])/);
    JSON.parse(encoded);
  }
});
