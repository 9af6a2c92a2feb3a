import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDate, pythonFloat, pythonJson, pythonNumber, strip } from "./python-text.ts";

test("strip removes what Python's str.strip does", () => {
  assert.equal(strip("\u0085\u001c\u00a0 a b\u2028\n"), "a b");
  assert.equal(strip("\ufeffa\u200b"), "\ufeffa\u200b");
  assert.equal(strip(" \n "), "");
});

test("pythonJson writes as json.dumps does", () => {
  const value = { b: [1, 2.5, true, null, {}], a: 'é"\n😀' };
  assert.equal(pythonJson(value), '{"b": [1, 2.5, true, null, {}], "a": "é\\"\\n😀"}');
  assert.equal(
    pythonJson(value, { asciiOnly: true, sortKeys: true }),
    '{"a": "\\u00e9\\"\\n\\ud83d\\ude00", "b": [1, 2.5, true, null, {}]}',
  );
  assert.equal(pythonJson({ a: [1], b: [] }, { indent: 2 }), '{\n  "a": [\n    1\n  ],\n  "b": []\n}');
});

test("pythonNumber and pythonFloat write as repr does", () => {
  const numbers: readonly [number, string, string][] = [
    [1, "1", "1.0"],
    [-20, "-20", "-20.0"],
    [0.1, "0.1", "0.1"],
    [0.0001, "0.0001", "0.0001"],
    [0.00001, "1e-05", "1e-05"],
    [1.5e-7, "1.5e-07", "1.5e-07"],
    [1e16, "1e+16", "1e+16"],
    [1.25e21, "1.25e+21", "1.25e+21"],
    [123456.75, "123456.75", "123456.75"],
  ];
  for (const [value, number, float] of numbers) {
    assert.equal(pythonNumber(value), number);
    assert.equal(pythonFloat(value), float);
  }
});

test("formatDate writes as strftime does", () => {
  const date = new Date(2024, 6, 6, 0, 5, 9);
  assert.equal(
    formatDate(date, "%d %b %Y|%-d %B %y|%A %a|%I:%M %p|%j|%%|%Q"),
    "06 Jul 2024|6 July 24|Saturday Sat|12:05 AM|188|%|%Q",
  );
});
