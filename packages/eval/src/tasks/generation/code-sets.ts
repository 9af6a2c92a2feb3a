import { unpackApps, unpackContest, unpackLiveCode } from "./code-tests.ts";
import { type CodeRow, hubSource } from "./generation-row.ts";
import { assertModule, numpyStandIn, runUnittest } from "./program-parts.ts";

const topLevel = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"];
const humanEvalFields = {
  task_id: "text",
  prompt: "text",
  canonical_solution: "text",
  test: "text",
  entry_point: "text",
} as const;
const humanEvalSource = {
  ...hubSource("openai/openai_humaneval", "MIT", "humaneval", { test: "test" }),
  splits: { test: ["humaneval/HumanEval.jsonl.gz", "humaneval/**/test-*"] },
};

type Named = "name" | "title" | "source";
const python = { category: "code", languages: ["en"], language: "python" } as const;

/** A function that is begun and must be completed. */
function completion(row: Pick<CodeRow, Named> & Partial<CodeRow>): CodeRow {
  return {
    ...python,
    fields: humanEvalFields,
    prompt: "{prompt}",
    target: "canonical_solution",
    stop: topLevel,
    maxTokens: 1024,
    answer: "verbatim",
    program: "{prompt}{answer}\n{test}\ncheck({entry_point})",
    ...row,
  };
}

const mbppPrompt =
  "You are an expert Python programmer, and here is your task: {text} Your code should pass these tests:\n\n{test_list}\n[BEGIN]\n";
const mbppFields = { text: "text", code: "text", test_list: "texts", test_setup_code: "text" } as const;
const mbppSource = hubSource("google-research-datasets/mbpp", "CC-BY-4.0", "mbpp", {
  test: "test",
  shots: "prompt",
});

/** A function described in a sentence and three assertions. */
function described(row: Pick<CodeRow, Named> & Partial<CodeRow>): CodeRow {
  return {
    ...python,
    fields: mbppFields,
    prompt: mbppPrompt,
    target: "code",
    solution: "{code}\n[DONE]",
    answerDelimiter: "",
    numShots: 3,
    stop: ["[DONE]"],
    maxTokens: 512,
    answer: "verbatim",
    program: "{answer}\n{test_setup_code}\n{test_list}",
    ...row,
  };
}

/** A problem asked in a conversation and answered with a fenced block. */
function asked(
  row: Pick<CodeRow, Named | "fields" | "prompt" | "program" | "target"> & Partial<CodeRow>,
): CodeRow {
  return { ...python, format: "chat", maxTokens: 2048, answer: "fenced-code", ...row };
}

const evalPlus = hubSource("evalplus/humanevalplus", "Apache-2.0", "humaneval_plus", { test: "test" });
// The stub is completed so that its imports stand; the answer defines the function again.
const redefined = "{prompt}\n    pass\n\n{answer}\n{test}\ncheck({entry_point})";
const instructPrompt =
  "Write a solution to the following problem and make sure that it passes the tests. Answer with the whole function in a fenced block.\n```python\n{prompt}\n```";
const standardInput =
  "Write a Python program for the following problem. It reads from standard input and prints to standard output. Answer with the program in a fenced block.\n\n";

const multiplE = {
  language: "javascript",
  fields: { name: "text", language: "text", prompt: "text", tests: "text" },
} as const;
const javascript = {
  ...multiplE,
  stop: ["\nfunction ", "\n/*", "\n//", "\nconsole.log"],
  target: "name",
  solution: "",
  maxTokens: 512,
  program: `${assertModule}{prompt}{answer}\n{tests}`,
} satisfies Partial<CodeRow>;

const cruxShots = [
  { code: "def f(n):\n    return n", input: "17", output: "17" },
  { code: 'def f(s):\n    return s + "a"', input: '"x9j"', output: '"x9ja"' },
];
const crux = {
  fields: { code: "text", input: "text", output: "text", id: "text" },
  source: hubSource("cruxeval-org/cruxeval", "MIT", "cruxeval", { test: "test" }),
  solution: "assert f({input}) == {output}\n[/ANSWER]",
  answerDelimiter: "\n",
  numShots: 2,
  fixedShots: cruxShots,
  stop: ["[/ANSWER]"],
  maxTokens: 1024,
} satisfies Partial<CodeRow>;

/** Sets whose answers are run. */
export const codeSets: readonly CodeRow[] = [
  completion({
    name: "humaneval",
    title: "Python functions completed from their docstring",
    source: humanEvalSource,
  }),
  completion({
    name: "humaneval_pass10",
    title: "HumanEval with twenty samples each: pass@1 and pass@10",
    source: humanEvalSource,
    sampling: { numSamples: 20, k: [1, 10], temperature: 0.8, topP: 0.95 },
  }),
  completion({
    name: "humaneval_plus",
    title: "HumanEval with many more tests",
    source: evalPlus,
    program: `${numpyStandIn}{prompt}{answer}\n{test}\ncheck({entry_point})`,
  }),
  completion({
    name: "humaneval_instruct",
    title: "HumanEval asked in a conversation",
    source: humanEvalSource,
    format: "chat",
    prompt: instructPrompt,
    answer: "fenced-code",
    stop: [],
    solution: "```python\n{prompt}{canonical_solution}\n```",
    program: redefined,
  }),
  completion({
    name: "humaneval_plus_instruct",
    title: "HumanEval with many more tests, asked in a conversation",
    source: evalPlus,
    format: "chat",
    prompt: instructPrompt,
    answer: "fenced-code",
    stop: [],
    solution: "```python\n{prompt}{canonical_solution}\n```",
    program: `${numpyStandIn}${redefined}`,
  }),
  described({ name: "mbpp", title: "Short Python functions for beginners, three shots", source: mbppSource }),
  described({
    name: "mbpp_instruct",
    title: "Short Python functions for beginners, asked in a conversation",
    source: mbppSource,
    format: "chat",
    prompt:
      "You are an expert Python programmer, and here is your task:\n{text}\nYour code should pass these tests:\n{test_list}\nAnswer with the code in a fenced block.",
    solution: "```python\n{code}\n```",
    numShots: 0,
    stop: [],
    answer: "fenced-code",
  }),
  described({
    name: "mbpp_plus",
    title: "MBPP with many more tests, no shots, the form of Meta's instruct tables",
    source: hubSource("evalplus/mbppplus", "Apache-2.0", "mbpp_plus", { test: "test" }),
    fields: { task_id: "text or number", code: "text", prompt: "text", test_list: "texts", test: "text" },
    format: "chat",
    prompt:
      "You are an expert Python programmer, and here is your task:\n{prompt}\nYour code should satisfy the following assertions:\n{test_list}\nAnswer with the code in a fenced block.",
    solution: "```python\n{code}\n```",
    numShots: 0,
    stop: [],
    maxTokens: 1024,
    answer: "fenced-code",
    program: `${numpyStandIn}{answer}\n{test}`,
    seconds: 30,
  }),
  asked({
    name: "apps",
    title: "Programming problems from introductory to competition level",
    source: hubSource("codeparrot/apps", "MIT", "apps", { test: "test" }),
    fields: { question: "text", solutions: "text", input_output: "text", difficulty: "text" },
    prepare: unpackApps,
    prompt: `{ask}{question}\n{starter_code}`,
    target: "first_solution",
    program: "{answer}\n{harness}",
    tests: "tests",
  }),
  asked({
    name: "code_contests",
    title: "Problems of programming contests with all their tests",
    source: hubSource("deepmind/code_contests", "CC-BY-4.0", "code_contests", { test: "test" }),
    fields: { name: "text", description: "text", public_tests: "object", private_tests: "object?" },
    prepare: unpackContest,
    prompt: `${standardInput}{description}`,
    target: "first_solution",
    program: "{answer}",
    tests: "tests",
  }),
  asked({
    name: "livecodebench",
    title: "Contest problems with dates, by their public tests and those private ones that are plain JSON",
    source: hubSource("livecodebench/code_generation_lite", "CC", "livecodebench", { test: "test" }),
    fields: {
      question_content: "text",
      starter_code: "text?",
      public_test_cases: "text",
      question_id: "text",
    },
    prepare: unpackLiveCode,
    prompt: `{ask}{question_content}\n{starter_code}`,
    target: "question_id",
    solution: "",
    program: "{answer}\n{harness}",
    tests: "tests",
  }),
  asked({
    name: "bigcodebench",
    title: "Functions that use libraries, tested by unittest; libraries that the sandbox lacks fail",
    source: hubSource("bigcode/bigcodebench", "Apache-2.0", "bigcodebench", { test: "v0.1.4" }),
    fields: {
      task_id: "text",
      instruct_prompt: "text",
      canonical_solution: "text",
      code_prompt: "text",
      test: "text",
    },
    prompt: "{instruct_prompt}",
    target: "canonical_solution",
    solution: "```python\n{code_prompt}{canonical_solution}\n```",
    program: `{answer}\n{test}\n${runUnittest}`,
    seconds: 60,
  }),
  {
    ...python,
    ...crux,
    name: "cruxeval_input",
    title: "An input that makes a Python function give an output",
    description:
      "Find an input with which the function f gives the output. Complete the assertion with one such input, between [ANSWER] and [/ANSWER].\n\n",
    prompt: "[PYTHON]\n{code}\nassert f(??) == {output}\n[/PYTHON]\n[ANSWER]",
    target: "input",
    answer: { anyOf: [{ regex: /assert f\((.*)\)\s*==/s, pick: "first" }, "first-line"] },
    program: "{code}\nassert f({answer}) == {output}",
  },
  {
    ...python,
    ...crux,
    name: "cruxeval_output",
    title: "The output of a Python function for an input",
    description:
      "Complete the assertion with the literal that the function f gives for the input, between [ANSWER] and [/ANSWER].\n\n",
    prompt: "[PYTHON]\n{code}\nassert f({input}) == ??\n[/PYTHON]\n[ANSWER]",
    target: "output",
    answer: { anyOf: [{ regex: /assert f\(.*\)\s*==\s*(.+)/, pick: "first" }, "first-line"] },
    // A literal, so that the call itself is no answer.
    program: "import ast\n{code}\nassert f({input}) == ast.literal_eval({answer_json})",
  },
  completion({
    ...javascript,
    name: "multipl_e_humaneval_js",
    title: "HumanEval in JavaScript",
    source: hubSource("nuprl/MultiPL-E", "MIT", "multipl_e/humaneval-js", { test: "test" }),
  }),
  completion({
    ...javascript,
    name: "multipl_e_mbpp_js",
    title: "MBPP in JavaScript",
    source: hubSource("nuprl/MultiPL-E", "MIT", "multipl_e/mbpp-js", { test: "test" }),
  }),
];
