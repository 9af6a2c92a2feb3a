import type { Row } from "../../task.ts";
import { callHarness } from "./program-parts.ts";

/** One run of a program: what it reads and what it must print. */
interface StdinTest {
  input: string;
  output: string;
}

const askProgram =
  "Write a Python program for the following problem. It reads from standard input and prints to standard output. Answer with the program in a fenced block.\n\n";
const askFunction =
  "Write a Python function for the following problem, under the name that is given. Answer with the code in a fenced block.\n\n";

function parseJson(set: string, field: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (cause) {
    throw new SyntaxError(
      `The field "${field}" of a record of ${set} must hold JSON, not ${JSON.stringify(String(text).slice(0, 60))}; check that the file is the one that is published for this set`,
      { cause },
    );
  }
}

const lines = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join("\n") : String(value);

/** Either runs that read and print, or one run that calls a function with all arguments. */
function withTests(
  row: Row,
  tests: readonly StdinTest[],
  call: { name: string; harness: string } | null,
): Row {
  if (call === null) return { ...row, ask: askProgram, harness: "", tests };
  const starter = row["starter_code"] ? "" : `The function is named ${call.name}.`;
  return {
    ...row,
    starter_code: row["starter_code"] || starter,
    ask: askFunction,
    harness: call.harness,
  };
}

/** APPS holds solutions and tests as JSON texts; tests with `fn_name` call a function. */
export function unpackApps(row: Row): Row {
  const tests = parseJson("apps", "input_output", row["input_output"]) as {
    inputs?: unknown[];
    outputs?: unknown[];
    fn_name?: string;
  };
  const { inputs = [], outputs = [], fn_name: name } = tests;
  if (inputs.length === 0 || inputs.length !== outputs.length)
    throw new SyntaxError(
      `A record of apps must hold as many outputs as inputs, not ${outputs.length} and ${inputs.length}; leave it out`,
    );
  const solutions =
    row["solutions"] === "" ? [] : (parseJson("apps", "solutions", row["solutions"]) as string[]);
  const base = { ...row, first_solution: solutions[0] ?? "" };
  if (name === undefined)
    return withTests(
      base,
      inputs.map((input, at) => ({ input: lines(input), output: lines(outputs[at]) })),
      null,
    );
  // A result is held in a list of its own.
  const calls = inputs.map((args, at) => {
    const output = outputs[at];
    return {
      args: args as unknown[],
      result: Array.isArray(output) && output.length === 1 ? output[0] : output,
    };
  });
  return withTests(base, [], { name, harness: callHarness(name, calls) });
}

/** Public, private and generated tests of a contest as one list. */
export function unpackContest(row: Row): Row {
  const tests: StdinTest[] = [];
  for (const field of ["public_tests", "private_tests", "generated_tests"]) {
    const group = row[field] as { input?: string[]; output?: string[] } | null | undefined;
    group?.input?.forEach((input, at) => {
      tests.push({ input, output: group.output?.[at] ?? "" });
    });
  }
  if (tests.length === 0)
    throw new SyntaxError("A record of code_contests must hold at least one test; leave it out");
  const solutions = row["solutions"] as { language?: number[]; solution?: string[] } | null | undefined;
  // 3 is Python 3 in the set's numbering.
  const at = solutions?.language?.indexOf(3) ?? -1;
  return { ...row, tests, first_solution: solutions?.solution?.[at] ?? "" };
}

/** LiveCodeBench: tests as JSON texts; private ones may be packed for Python alone, and are left out then. */
export function unpackLiveCode(row: Row): Row {
  const tests = parseJson("livecodebench", "public_test_cases", row["public_test_cases"]) as (StdinTest & {
    testtype: string;
  })[];
  const more = String(row["private_test_cases"] ?? "").trim();
  if (more.startsWith("["))
    tests.push(
      ...(parseJson("livecodebench", "private_test_cases", more) as (StdinTest & { testtype: string })[]),
    );
  if (tests[0]?.testtype !== "functional") return withTests(row, tests, null);
  const { func_name: name = "solve" } = parseJson("livecodebench", "metadata", row["metadata"] ?? "{}") as {
    func_name?: string;
  };
  const calls = tests.map(({ input, output }) => ({
    args: input.split("\n").map((line) => parseJson("livecodebench", "public_test_cases", line)),
    result: parseJson("livecodebench", "public_test_cases", output),
  }));
  return withTests(row, [], { name, harness: callHarness(name, calls) });
}
