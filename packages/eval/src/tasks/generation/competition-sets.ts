import { boxedAnswer, minervaAnswer } from "./answer-patterns.ts";
import { type GenerationRow, hubSource } from "./generation-row.ts";
import { minervaShots } from "./math-shots.ts";

const boxedPrompt =
  "Solve the following problem. Reason step by step, and put the final answer within \\boxed{}.\n\nProblem: {problem}";

/** Competition problems asked in a conversation, with the answer in a box. */
function boxed(
  row: Pick<GenerationRow, "name" | "title" | "source" | "fields" | "target"> & Partial<GenerationRow>,
): GenerationRow {
  return {
    category: "math",
    languages: ["en"],
    format: "chat",
    prompt: boxedPrompt,
    solution: "The answer is $\\boxed{{answer}}$.",
    maxTokens: 5120,
    answer: boxedAnswer,
    scorer: "math",
    ...row,
  };
}

const mathFields = { problem: "text", level: "text", type: "text", solution: "text" } as const;
const mathSource = hubSource("EleutherAI/hendrycks_math", "MIT", "math", { test: "test", shots: "train" });
const solved = { target: "solution", targetPattern: "boxed", solution: "{solution}" } as const;

/** Problems of competitions, whose answer is a formula. */
export const competitionSets: readonly GenerationRow[] = [
  boxed({
    name: "math",
    title: "MATH: problems of high-school competitions, no shots, the form of Meta's instruct tables",
    source: mathSource,
    fields: mathFields,
    ...solved,
  }),
  boxed({
    name: "math_hard",
    title: "The problems of MATH at level 5",
    source: hubSource("lighteval/MATH-Hard", "MIT", "math_hard", { test: "test", shots: "train" }),
    fields: mathFields,
    ...solved,
  }),
  {
    name: "minerva_math",
    title: "MATH with Minerva's four worked examples, the form of base models",
    category: "math",
    languages: ["en"],
    source: mathSource,
    fields: mathFields,
    prompt: "Problem:\n{problem}\n\nSolution:",
    ...solved,
    numShots: 4,
    fixedShots: minervaShots,
    stop: ["Problem:"],
    maxTokens: 512,
    answer: minervaAnswer,
    scorer: "math",
  },
  boxed({
    name: "math_500",
    title: "500 problems of MATH's test split",
    source: hubSource("HuggingFaceH4/MATH-500", "MIT", "math_500", { test: "test" }),
    fields: { problem: "text", solution: "text", answer: "text", subject: "text", level: "number" },
    target: "answer",
    solution: "{solution}",
  }),
  boxed({
    name: "aime",
    title: "American Invitational Mathematics Examination, 1983 to 2024",
    source: hubSource("gneubig/aime-1983-2024", "CC0-1.0", "aime", { test: "AIME_Dataset_1983_2024" }),
    fields: { Year: "text or number", Question: "text", Answer: "text or number" },
    prepare: (row) => ({ problem: row["Question"], answer: row["Answer"] }),
    target: "answer",
  }),
  boxed({
    name: "aime24",
    title: "American Invitational Mathematics Examination 2024",
    source: hubSource("Maxwell-Jia/AIME_2024", "MIT", "aime24", { test: "aime_2024_problems" }),
    fields: { ID: "text", Problem: "text", Solution: "text", Answer: "text or number" },
    prepare: (row) => ({ problem: row["Problem"], answer: row["Answer"] }),
    target: "answer",
  }),
  boxed({
    name: "aime25",
    title: "American Invitational Mathematics Examination 2025",
    source: hubSource("math-ai/aime25", "Apache-2.0", "aime25", { test: "test" }),
    fields: { problem: "text", answer: "text or number", id: "text or number" },
    target: "answer",
  }),
  boxed({
    name: "amc",
    title: "American Mathematics Competitions 12, 2022 and 2023, as whole numbers",
    source: hubSource("AI-MO/aimo-validation-amc", "Apache-2.0", "amc", { test: "train" }),
    fields: { id: "number", problem: "text", answer: "text or number", url: "text" },
    target: "answer",
  }),
  boxed({
    name: "olympiadbench",
    title: "Problems of mathematical and physical olympiads in English with one answer to hold against",
    source: hubSource("Hothan/OlympiadBench", "Apache-2.0", "olympiadbench", { test: "OE_TO_maths_en_COMP" }),
    fields: { question: "text", solution: "texts", final_answer: "texts", context: "text?", unit: "text?" },
    prepare: (row) => ({
      ...row,
      problem: row["context"] ? `${row["context"]}\n${row["question"]}` : row["question"],
    }),
    // Several answers are held in one entry, or one in each where any of them will do.
    target: "final_answer",
    solution: "{solution}\nThe answer is \\boxed{{final_answer}}.",
  }),
  {
    name: "agieval_math",
    title: "AGIEval's competition problems, answered at once",
    category: "math",
    languages: ["en"],
    source: hubSource("hails/agieval-math", "MIT", "agieval_math", { test: "test" }),
    fields: { query: "text", answer: "text or number" },
    prompt: "{query}",
    target: "answer",
    stop: ["Q:"],
    maxTokens: 32,
    answer: { anyOf: ["boxed", { regex: /[Aa]nswer is:?\s*(.+?)\.?\s*$/m, pick: "last" }, "first-line"] },
    scorer: "math",
  },
];
