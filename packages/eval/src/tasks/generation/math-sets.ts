import {
  bestAnswerLetter,
  gsmIgnore,
  hashNumber,
  lastNumber,
  saidNumber,
  strictSaidNumber,
} from "./answer-patterns.ts";
import { type GenerationRow, hubSource } from "./generation-row.ts";
import { wordProblemShots } from "./math-shots.ts";

const strictAndFlexible = { strict: hashNumber, flexible: lastNumber };
const gsmStops = ["Question:", "</s>", "<|im_end|>"];
const finalAnswerPrompt =
  'Solve the problem step by step.\nProblem: {question}\nEnd your response with "The final answer is [answer]", where [answer] is the answer to the problem.';

/** A set of word problems in the zero-shot or eight-shot chain-of-thought form of Wei et al. */
function wordProblems(
  row: Pick<GenerationRow, "name" | "title" | "source" | "fields" | "target"> & Partial<GenerationRow>,
): GenerationRow {
  return {
    category: "math",
    languages: ["en"],
    prompt: "Q: {question}\nA:",
    solution: "{steps} The answer is {answer}.",
    numShots: 8,
    fixedShots: wordProblemShots,
    stop: ["Q:", "</s>", "<|im_end|>"],
    maxTokens: 512,
    answer: { anyOf: [saidNumber, lastNumber] },
    scorer: "number",
    ...row,
  };
}

/** A set that looks like gsm8k: calculations in the answer, `#### ` before the number. */
function likeGsm8k(
  row: Pick<GenerationRow, "name" | "title" | "source"> & Partial<GenerationRow>,
): GenerationRow {
  return {
    category: "math",
    languages: ["en"],
    fields: { question: "text", answer: "text" },
    prompt: "Question: {question}\nAnswer:",
    target: "answer",
    targetPattern: hashNumber,
    solution: "{answer}",
    numShots: 5,
    stop: gsmStops,
    maxTokens: 1024,
    answer: strictAndFlexible,
    scorer: "exact",
    scorerOptions: { ignoreCase: true, ignore: gsmIgnore },
    ...row,
  };
}

const gsm8kSource = hubSource("openai/gsm8k", "MIT", "gsm8k", { test: "test", shots: "train" });

/** Word problems whose answer is one number. */
export const mathSets: readonly GenerationRow[] = [
  likeGsm8k({ name: "gsm8k", title: "Grade-school word problems, five shots", source: gsm8kSource }),
  likeGsm8k({
    name: "gsm8k_platinum",
    title: "gsm8k's test problems with mistaken labels corrected",
    source: hubSource("madrylab/gsm8k-platinum", "CC-BY-SA-4.0", "gsm8k_platinum", { test: "test" }),
  }),
  likeGsm8k({
    name: "gsm_plus",
    title: "gsm8k's problems, each changed in eight ways",
    source: hubSource("qintongli/GSM-Plus", "CC-BY-SA-4.0", "gsm_plus", { test: "test" }),
    fields: { question: "text", solution: "text", answer: "text or number", perturbation_type: "text" },
    target: "answer",
    targetPattern: "whole",
    solution: "{solution}",
  }),
  wordProblems({
    name: "gsm8k_cot",
    title: "Grade-school word problems, eight worked examples of ours",
    source: gsm8kSource,
    fields: { question: "text", answer: "text" },
    target: "answer",
    targetPattern: hashNumber,
    maxTokens: 1024,
    answer: { strict: strictSaidNumber, flexible: lastNumber },
    scorer: "exact",
    scorerOptions: { ignoreCase: true, ignore: gsmIgnore },
  }),
  wordProblems({
    name: "gsm8k_cot_chat",
    title:
      "Grade-school word problems as a conversation, in the manner of Meta's instruct tables but our words",
    source: gsm8kSource,
    fields: { question: "text", answer: "text" },
    format: "chat",
    prompt: finalAnswerPrompt,
    solution: "{steps} The final answer is {answer}",
    target: "answer",
    targetPattern: { anyOf: [hashNumber, "whole"] },
    maxTokens: 1024,
    stop: [],
  }),
  wordProblems({
    name: "gsm_hard",
    title: "gsm8k's problems with numbers too large for mental arithmetic",
    source: hubSource("reasoning-machines/gsm-hard", "MIT", "gsm_hard", { test: "gsmhardv2" }),
    fields: { input: "text", target: "text or number" },
    prepare: (row) => ({ question: row["input"], answer: row["target"] }),
    target: "answer",
  }),
  wordProblems({
    name: "svamp",
    title: "Simple word problems varied in structure",
    source: hubSource("ChilleD/SVAMP", "MIT", "svamp", { test: "test" }),
    fields: { Body: "text", Question: "text", Answer: "text or number" },
    prepare: (row) => ({ question: `${sentence(row["Body"])} ${row["Question"]}`, answer: row["Answer"] }),
    target: "answer",
  }),
  wordProblems({
    name: "asdiv",
    title: "Word problems of elementary school, diverse in wording",
    source: hubSource("EleutherAI/asdiv", "CC-BY-NC-4.0", "asdiv", { test: "validation" }),
    fields: { body: "text", question: "text", answer: "text" },
    prepare: (row) => ({ ...row, question: `${row["body"]} ${row["question"]}` }),
    target: "answer",
    // "9 (apples)"
    targetPattern: { regex: /^([^(]+)/, pick: "first" },
  }),
  wordProblems({
    name: "multiarith",
    title: "Word problems of two or more steps",
    source: hubSource("ChilleD/MultiArith", "see data card", "multiarith", { test: "test" }),
    fields: { question: "text", final_ans: "text or number" },
    target: "final_ans",
  }),
  wordProblems({
    name: "mawps",
    title: "Word problems of one and two steps (AddSub, SingleOp, SingleEq, MultiArith)",
    source: hubSource("MU-NLPC/Calc-mawps", "MIT", "mawps", { test: "test" }),
    fields: { question: "text", result: "text or number" },
    target: "result",
  }),
  {
    name: "aqua",
    title: "Algebraic word problems with five choices, reasoned before answering",
    category: "math",
    languages: ["en"],
    source: hubSource("deepmind/aqua_rat", "Apache-2.0", "aqua", { test: "test", shots: "train" }),
    fields: { question: "text", options: "texts", rationale: "text", correct: "text" },
    format: "chat",
    prompt:
      'Reason step by step about the problem, then choose.\nProblem: {question}\n{options}\nEnd your response with "The best answer is X", where X is one of A, B, C, D or E.',
    target: "correct",
    solution: "{rationale}\nThe best answer is {correct}",
    maxTokens: 1024,
    answer: bestAnswerLetter,
    scorer: "exact",
  },
];

function sentence(text: unknown): string {
  const body = String(text).trim();
  return /[.?!]$/.test(body) ? body : `${body}.`;
}
