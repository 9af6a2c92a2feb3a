import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSynthRecipe } from "./recipe.ts";

const parse = (text: string) => parseSynthRecipe(text, "/data/recipe.yaml");

test("parseSynthRecipe fills in defaults and resolves paths", () => {
  const recipe = parse("teacher: SmolLM2\nout: made\ntasks:\n  - {kind: code, programming: [javascript]}\n");
  assert.equal(recipe.out, "/data/made");
  assert.equal(recipe.teacher.model, "SmolLM2");
  const [task] = recipe.tasks;
  assert.deepEqual(task!.programming, ["javascript"]);
  assert.equal(task!.rounds, 2);
  assert.equal(task!.count, 100);
});

test("parseSynthRecipe names what is wrong, with the nearest name", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["taks: []", /has no field taks; did you mean tasks\?/],
    ["tasks: []", /tasks is empty/],
    ["tasks:\n  - {kind: instruction}", /kind takes .*, not "instruction"; did you mean instructions\?/],
    ["tasks:\n  - {kind: tools, stepz: 3}", /tasks\[0\] has no field stepz; did you mean steps\?/],
    ["tasks:\n  - {kind: tools, steps: [3, 1]}", /steps takes the fewest and most calls/],
    ["tasks:\n  - {kind: question-answer}", /documents is missing/],
    ["tasks:\n  - {kind: instructions, seeds: a.jsonl}", /license is missing/],
    ["tasks:\n  - {kind: instructions, languages: [xx]}", /languages takes en, .*, not "xx"/],
    ["tasks:\n  - {kind: instructions}\n  - {kind: instructions}", /two tasks are called instructions/],
    ["tasks:\n  - {kind: instructions, count: 1.5}", /count takes a whole number/],
    [
      "filters: {minPoint: 7}\ntasks:\n  - {kind: tools}",
      /filters has no field minPoint; did you mean minPoints\?/,
    ],
    ["filters: {minPoints: 11}\ntasks:\n  - {kind: tools}", /minPoints takes a number from 1 to 10/],
    ["tasks: [", /is not YAML/],
  ];
  for (const [text, message] of cases)
    assert.throws(() => parse(text), { name: "SyntaxError", message }, text);
});
