/** Ten problems with a solution and a wrong one in each language, and the tests that tell them apart. */
export interface Problem {
  name: string;
  python: { right: string; wrong: string; test: string };
  javascript: { right: string; wrong: string; test: string };
}

/** A problem whose solutions are one expression of named arguments; `tests` are calls and results in JSON. */
function problem(
  name: string,
  parameters: string,
  python: readonly [right: string, wrong: string],
  javascript: readonly [right: string, wrong: string],
  tests: readonly (readonly [readonly unknown[], unknown])[],
): Problem {
  const py = (body: string): string => `def ${name}(${parameters}):\n    return ${body}\n`;
  const js = (body: string): string => `function ${name}(${parameters}) {\n  return ${body};\n}\n`;
  const cases = JSON.stringify(JSON.stringify(tests));
  return {
    name,
    python: {
      right: py(python[0]),
      wrong: py(python[1]),
      test: `import json\nfor given, expected in json.loads(${cases}):\n    assert ${name}(*given) == expected, given\n`,
    },
    javascript: {
      right: js(javascript[0]),
      wrong: js(javascript[1]),
      test: `const assert = require("node:assert");\nfor (const [given, expected] of JSON.parse(${cases})) assert.deepStrictEqual(${name}(...given), expected);\n`,
    },
  };
}

export const problems: readonly Problem[] = [
  problem(
    "evens",
    "xs",
    ["[x for x in xs if x % 2 == 0]", "[x for x in xs if x % 2]"],
    ["xs.filter((x) => x % 2 === 0)", "xs.filter((x) => x % 2)"],
    [
      [[[1, 2, 4]], [2, 4]],
      [[[]], []],
    ],
  ),
  problem(
    "reverse_words",
    "s",
    ["' '.join(s.split()[::-1])", "s[::-1]"],
    ["s.split(/\\s+/).reverse().join(' ')", "[...s].reverse().join('')"],
    [[["a bc d"], "d bc a"]],
  ),
  problem(
    "second_largest",
    "xs",
    ["sorted(set(xs))[-2]", "sorted(xs)[-2]"],
    ["[...new Set(xs)].sort((a, b) => a - b).at(-2)", "[...xs].sort().at(-2)"],
    [[[[3, 10, 10, 2]], 3]],
  ),
  problem(
    "is_palindrome",
    "s",
    ["s.lower() == s.lower()[::-1]", "s == s[::-1]"],
    ["s.toLowerCase() === [...s.toLowerCase()].reverse().join('')", "s === [...s].reverse().join('')"],
    [
      [["Anna"], true],
      [["ab"], false],
    ],
  ),
  problem(
    "digit_sum",
    "n",
    ["sum(int(d) for d in str(abs(n)))", "n % 9"],
    ["[...String(Math.abs(n))].reduce((a, d) => a + Number(d), 0)", "n % 9"],
    [
      [[-99], 18],
      [[0], 0],
    ],
  ),
  problem(
    "flatten",
    "xs",
    ["[y for x in xs for y in x]", "xs"],
    ["xs.flat()", "xs"],
    [[[[[1], [2, 3]]], [1, 2, 3]]],
  ),
  problem(
    "gcd",
    "a, b",
    ["a if b == 0 else gcd(b, a % b)", "min(a, b)"],
    ["b === 0 ? a : gcd(b, a % b)", "Math.min(a, b)"],
    [
      [[48, 18], 6],
      [[7, 0], 7],
    ],
  ),
  problem(
    "count_letters",
    "s",
    ["{c: s.count(c) for c in sorted(set(s))}", "{}"],
    ["[...s].sort().reduce((all, c) => ({ ...all, [c]: (all[c] ?? 0) + 1 }), {})", "({})"],
    [[["abca"], { a: 2, b: 1, c: 1 }]],
  ),
  problem(
    "running_max",
    "xs",
    ["[max(xs[: i + 1]) for i in range(len(xs))]", "xs"],
    ["xs.map((_, i) => Math.max(...xs.slice(0, i + 1)))", "xs"],
    [[[[1, 3, 2]], [1, 3, 3]]],
  ),
  problem(
    "transpose",
    "rows",
    ["[list(c) for c in zip(*rows)]", "rows"],
    ["rows[0].map((_, i) => rows.map((row) => row[i]))", "rows"],
    [
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        [
          [1, 3],
          [2, 4],
        ],
      ],
    ],
  ),
];
