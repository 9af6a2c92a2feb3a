/**
 * From a teacher to an evaluated student in one command: a student of some of the teacher's layers learns the teacher's
 * probabilities on conversations; a control with the same first weights, data and steps learns the tokens only; all three
 * answer the same tasks. A part whose result is there is left out, and training goes on where it was stopped.
 *
 *   npx tsx recipes/distill.ts --teacher SmolLM2-135M-Instruct.Q4_1.gguf --out runs/distill
 *
 * Without --data the conversations are made by the generators of recipes/cria.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadModel } from "@llamero/core";
import { LocalGenerator, readTaskData, runTask, tasks } from "@llamero/eval";
import { parseDistillRecipe, type RunDistillOptions, runDistill } from "@llamero/train/distill";
import { makeSkill } from "./cria/make-skill.ts";
import { skills } from "./cria/skills.ts";

const { values } = parseArgs({
  options: {
    teacher: { type: "string" },
    out: { type: "string", default: "runs/distill" },
    /** JSONL of conversations. */
    data: { type: "string" },
    /** Conversations to make where there is no data. */
    conversations: { type: "string", default: "600" },
    layers: { type: "string", default: "10" },
    epochs: { type: "string", default: "2" },
    steps: { type: "string" },
    temperature: { type: "string", default: "1" },
    "soft-weight": { type: "string", default: "0.9" },
    "batch-tokens": { type: "string", default: "4096" },
    tasks: { type: "string", default: "cria_instructions,cria_passage" },
    limit: { type: "string", default: "25" },
  },
});
if (values.teacher === undefined) throw new TypeError("No teacher; name a model with --teacher");

const number = (name: string, text: string): number => {
  const value = Number(text);
  if (!(value >= 0)) throw new TypeError(`--${name} takes a number, not ${text}`);
  return value;
};
const out = resolve(values.out);
const teacher = resolve(values.teacher);
mkdirSync(out, { recursive: true });

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The conversations to learn from: of plain talk, which every chat template renders. */
function conversationFile(): string {
  if (values.data !== undefined) return resolve(values.data);
  const path = join(out, "conversations.jsonl");
  if (existsSync(path)) return path;
  const used = skills.filter(({ name }) => name !== "tools");
  const count = Math.ceil(number("conversations", values.conversations) / used.length);
  const made = used.flatMap(
    ({ name, make }) => makeSkill(name, make, { count, seed: 1, split: "train" }).conversations,
  );
  writeFileSync(path, made.map(({ messages }) => `${JSON.stringify({ messages })}\n`).join(""));
  return path;
}

interface Student {
  model: string;
  before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
}

/** Trains one of the two students; they differ in the share of the soft loss alone. */
async function learn(name: string, data: string, softWeight: number): Promise<Student> {
  const folder = join(out, name);
  const done = join(folder, "done.json");
  if (existsSync(done)) return JSON.parse(readFileSync(done, "utf8")) as Student;
  const recipe = parseDistillRecipe(
    {
      name,
      teacher,
      student: { layers: number("layers", values.layers) },
      data,
      out: folder,
      kind: "logits",
      softWeight,
      temperature: number("temperature", values.temperature),
      epochs: number("epochs", values.epochs),
      truncate: true,
      batch: { tokens: number("batch-tokens", values["batch-tokens"]), length: 512, microTokens: 1024 },
      learningRate: 3e-4,
      validation: { share: 0.1, most: 40 },
      sampleEvery: 0,
      seed: 1,
      ...(values.steps !== undefined && { maxSteps: number("steps", values.steps) }),
    },
    "recipes/distill.ts",
    process.cwd(),
  );
  const options: RunDistillOptions = {
    resume: true,
    onTeacher: (phase, at, total) => at % 50 === 0 && say(`${name}: teacher's ${phase} ${at} of ${total}`),
    listener(event) {
      if (event.event === "step") say(`${name}: step ${event.step}, loss ${event.loss.toFixed(3)}`);
      if (event.event === "eval") say(`${name}: ${JSON.stringify(event.values)}`);
    },
  };
  const { before, after, paths } = await runDistill(recipe, options);
  const student: Student = { model: paths[0]!, before, after };
  writeFileSync(done, `${JSON.stringify(student, null, 2)}\n`);
  return student;
}

/** Main score of each task. */
async function evaluate(path: string): Promise<Record<string, number>> {
  await using model = await loadModel(path, { maxBatch: 8, context: 2048 });
  const generator = await LocalGenerator.create(model);
  const scores: Record<string, number> = {};
  for (const name of values.tasks.split(",")) {
    const task = tasks.get(name);
    if (task === undefined) throw new RangeError(`There is no task ${name}; see llamero eval ls`);
    const data = await readTaskData(task, join(out, "eval"), { needsShots: false, generate: {} });
    const limit = number("limit", values.limit);
    const { result } = await runTask(task, data, generator, { limit, workFolder: join(out, "answers") });
    scores[name] = result.scores[result.mainMetric]!.value;
  }
  return scores;
}

const data = conversationFile();
const distilled = await learn("distilled", data, number("soft-weight", values["soft-weight"]));
// The same examples have the same targets, so the teacher is asked once.
for (const file of ["targets.bin", "targets.json"]) {
  const [from, to] = [join(out, "distilled", file), join(out, "control", file)];
  mkdirSync(join(out, "control"), { recursive: true });
  if (!existsSync(to)) copyFileSync(from, to);
}
const students = { distilled, control: await learn("control", data, 0) };
const scores: Record<string, Record<string, number>> = {};
for (const [name, path] of Object.entries({
  teacher,
  distilled: students.distilled.model,
  control: students.control.model,
})) {
  say(`Tasks: ${name}`);
  scores[name] = await evaluate(path);
}
const report = {
  settings: values,
  heldOut: {
    start: students.distilled.before,
    distilled: students.distilled.after,
    control: students.control.after,
  },
  scores,
};
writeFileSync(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
const cell = (value: number | undefined): string => value?.toFixed(3) ?? "-";
const rows = [
  ["", "teacher", "distilled", "control"],
  ...["validationKl", "validationLoss"].map((name) => [
    name,
    "-",
    cell(students.distilled.after[name]),
    cell(students.control.after[name]),
  ]),
  ...values.tasks
    .split(",")
    .map((name) => [name, ...["teacher", "distilled", "control"].map((who) => cell(scores[who]![name]))]),
];
process.stdout.write(
  `${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n${join(out, "report.json")}\n`,
);
