import assert from "node:assert/strict";
import { test } from "node:test";
import { closestWord } from "./closest-word.ts";
import { formatAge, formatBytes, formatDuration, formatNumber, parseSize } from "./human.ts";
import { safeForTerminal } from "./safe-text.ts";
import { formatTable } from "./table.ts";

test("formatBytes, formatDuration, formatNumber and formatAge round for people", () => {
  assert.deepEqual([0, 999, 1000, 999_999, 1_234_567, 4.92e9, 8.1e11].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "1.0 MB",
    "1.2 MB",
    "4.9 GB",
    "810 GB",
  ]);
  assert.deepEqual([0.4, 43, 61, 3723].map(formatDuration), ["0:00", "0:43", "1:01", "1:02:03"]);
  assert.deepEqual([1399.4, 20.72, 8.444].map(formatNumber), ["1,399", "20.7", "8.44"]);
  const now = new Date("2024-07-23T12:00:00Z");
  assert.equal(formatAge(new Date("2024-07-21T11:00:00Z"), now), "2 days ago");
  assert.equal(formatAge(new Date("2024-07-23T11:00:00Z"), now), "1 hour ago");
  assert.equal(formatAge(now, now), "just now");
});

test("parseSize reads K, M and G as powers of 1024", () => {
  assert.deepEqual(
    ["8192", "32K", "32k", "1.5M", "2G"].map(parseSize),
    [8192, 32768, 32768, 1572864, 2147483648],
  );
  for (const text of ["", "K", "-1", "1.0001K", "3 apples", "1e3"]) assert.equal(parseSize(text), null, text);
});

test("closestWord finds what was meant, or nothing", () => {
  assert.equal(closestWord("pul", ["pull", "run", "ls"]), "pull");
  assert.equal(closestWord("tokenise", ["tokenize", "doctor"]), "tokenize");
  assert.equal(closestWord("xyzzy", ["pull", "run"]), null);
});

test("safeForTerminal takes out control characters but keeps lines and tabs", () => {
  assert.equal(safeForTerminal("a\u001b[31mb\r\n\tc\u0007\u009b2J🦙"), "a[31mb\n\tc2J🦙");
});

test("formatTable aligns columns", () => {
  assert.equal(
    formatTable(
      ["A", "N"],
      [
        ["x", "1"],
        ["yy", "22"],
      ],
      [1],
    ),
    "A    N\nx    1\nyy  22\n",
  );
});
