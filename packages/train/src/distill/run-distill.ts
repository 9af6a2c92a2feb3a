import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseBackend } from "@llamero/core";
import type { Backend, TrainBackend } from "@llamero/kernels";
import { rowsOf } from "../batch/pack.ts";
import type { TrainMethod } from "../loop/method.ts";
import { runTraining } from "../loop/run-training.ts";
import { checkSchedule } from "../optim/schedule.ts";
import { parseEvents } from "../run/run-log.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import { answerQuestions } from "../tune/answer-questions.ts";
import { writeCard } from "../tune/model-card.ts";
import { tunedCheckpoint, writeTuned } from "../tune/output.ts";
import { type Prepared, prepareConversations } from "../tune/prepare.ts";
import type { TuneRecipe } from "../tune/recipe.ts";
import { type RunTuneOptions, runTune, type TuneResult } from "../tune/run-tune.ts";
import { openTuneModel, type TuneModel } from "../tune/tune-model.ts";
import { type DistillExample, distillMethod } from "./distill-method.ts";
import { readPrompts } from "./read-prompts.ts";
import type { DistillRecipe } from "./recipe.ts";
import { checkSameTokenizer } from "./same-tokenizer.ts";
import { type StudentShape, studentConfig, writeStudent } from "./student.ts";
import { askTeacherAll, type TeacherAnswers } from "./teacher-answers.ts";
import { countTargets, storeTargets } from "./teacher-targets.ts";

export interface RunDistillOptions extends RunTuneOptions {
  /** The teacher's part, before training. */
  onTeacher?: ((phase: "answers" | "targets", done: number, total: number) => void) | undefined;
  /** What the teacher computes with, which stays open; without it one is chosen. */
  teacherBackend?: Backend;
}

export interface DistillResult extends TuneResult {
  /** null where the data was there already. */
  answers: TeacherAnswers | null;
}

/** Bytes that the logits of a batch and their gradient may take. */
const logitBytes = 2 ** 28;

/**
 * Distils as a recipe says: a student where one is to be made, the teacher's answers where there are prompts, its
 * probabilities for `logits`, then training. Each part goes on where it was stopped.
 */
export async function runDistill(
  recipe: DistillRecipe,
  options: RunDistillOptions = {},
): Promise<DistillResult> {
  const { signal } = options;
  const { out } = recipe.tune;
  const teacher = openTuneModel(recipe.teacher);
  mkdirSync(out, { recursive: true });
  if (recipe.student !== null) await makeStudent(recipe, recipe.student, teacher, signal);
  const student = openTuneModel(recipe.tune.model);
  if (recipe.kind === "logits") checkSameTokenizer(teacher, student);
  let answers: TeacherAnswers | null = null;
  if (recipe.prompts.length > 0)
    answers = await askTeacherAll(out, teacher, readPrompts(recipe.prompts), {
      ...recipe.answers,
      ...(options.teacherBackend !== undefined && { backend: options.teacherBackend }),
      ...(options.choice?.threads !== undefined && { threads: options.choice.threads }),
      signal,
      onProgress: (done, total) => options.onTeacher?.("answers", done, total),
    });
  const result =
    recipe.kind === "answers"
      ? await runTune(recipe.tune, options)
      : await learn(recipe, teacher, student, answers, options);
  if (result.stopped === "finished") {
    appendFileSync(join(result.paths[0]!, "README.md"), cardOf(recipe, teacher, answers));
    writeFileSync(join(out, "recipe.json"), `${JSON.stringify(recipe, null, 2)}\n`);
  }
  return { ...result, answers };
}

/** Writes the first weights of a student once. */
async function makeStudent(
  { tune }: DistillRecipe,
  shape: StudentShape,
  teacher: TuneModel,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!existsSync(tune.model))
    return await writeStudent(tune.model, teacher.checkpoint, shape, {
      name: tune.name,
      seed: tune.seed,
      signal,
    });
  const { config } = openTuneModel(tune.model).checkpoint;
  const wanted = studentConfig(teacher.checkpoint.config, shape);
  for (const name of [
    "numHiddenLayers",
    "hiddenSize",
    "intermediateSize",
    "numAttentionHeads",
    "numKeyValueHeads",
  ] as const)
    if (config[name] !== wanted[name])
      throw new RangeError(
        `${tune.model} was made with ${name} ${config[name]}, and it is ${wanted[name]} now; take another folder`,
      );
}

async function learn(
  recipe: DistillRecipe,
  teacher: TuneModel,
  student: TuneModel,
  answers: TeacherAnswers | null,
  options: RunDistillOptions,
): Promise<TuneResult> {
  const data = await prepareConversations(recipe.tune, student);
  const all = [...data.train, ...data.validation];
  const context = teacher.checkpoint.config.maxPositionEmbeddings;
  const longest = all.reduce((most, example) => Math.max(most, rowsOf(example)), 0);
  if (longest > context)
    throw new RangeError(
      `A conversation takes ${longest} tokens, and the teacher ${teacher.checkpoint.name} ${context}; lower batch.length`,
    );
  const soft = await storeTargets(recipe.tune.out, teacher, all, {
    topK: Math.min(recipe.topK, student.tokenizer.vocabSize),
    tailDraws: recipe.tailDraws,
    temperature: recipe.temperature,
    seed: recipe.tune.seed,
    vocabSize: student.checkpoint.config.vocabSize,
    openBackend: () => openTeacherBackend(options),
    signal: options.signal,
    onProgress: (done, total) => options.onTeacher?.("targets", done, total),
  });
  const examples = all.map((example, index) => ({ ...example, soft: soft[index]! }));
  const parts = {
    train: examples.slice(0, data.train.length),
    validation: examples.slice(data.train.length),
  };
  const notes = answers === null ? data.notes : [...data.notes, noteOf(answers)];
  if (options.backend !== undefined)
    return await train(recipe, student, { ...data, notes }, parts, options.backend, [], options);
  const { backend, degradations } = chooseTrainBackend(options.choice);
  await using _ = backend;
  return await train(recipe, student, { ...data, notes }, parts, backend, degradations, options);
}

/** The teacher's backend, closed after use unless it is the caller's. */
async function openTeacherBackend({ teacherBackend, choice }: RunDistillOptions): Promise<Backend> {
  if (teacherBackend !== undefined) return keepOpen(teacherBackend);
  const { backend } = await chooseBackend(choice?.threads === undefined ? {} : { threads: choice.threads });
  return backend;
}

/** The same backend, whose disposal does nothing. */
function keepOpen(backend: Backend): Backend {
  return new Proxy(backend, {
    get: (target, key) => {
      if (key === Symbol.asyncDispose) return async () => undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

interface Parts {
  train: readonly DistillExample[];
  validation: readonly DistillExample[];
}

async function train(
  recipe: DistillRecipe,
  model: TuneModel,
  data: Prepared<unknown>,
  parts: Parts,
  backend: TrainBackend,
  degradations: readonly { what: string; wanted: string; used: string; why: string }[],
  options: RunDistillOptions,
): Promise<TuneResult> {
  const { tune, temperature, softWeight } = recipe;
  const { signal, listener } = options;
  const limits = limitsOf([...parts.train, ...parts.validation], tune, model.checkpoint.config.vocabSize);
  await using session = createSession(
    {
      model: paramsFromCheckpoint(model.checkpoint),
      head: "next-token",
      seed: tune.seed,
      ...limits,
      optimizer: tune.optimizer,
      products: tune.products,
      trainable: true,
      ...(tune.lora !== null && { lora: tune.lora }),
    },
    backend,
  );
  const questions =
    tune.samples.prompts.length > 0
      ? tune.samples.prompts.map((content) => [{ role: "user" as const, content }])
      : data.questions;
  const sample: TrainMethod["sample"] = async (current, sampleSignal) => {
    const texts = await answerQuestions(tunedCheckpoint(current, model, tune), questions, {
      maxTokens: tune.samples.maxTokens,
      ...(sampleSignal !== undefined && { signal: sampleSignal }),
    });
    return texts.map((text, i) => ({ prompt: questions[i]!.at(-1)!.content, text }));
  };
  const method = distillMethod({
    examples: parts.train,
    validation: parts.validation,
    temperature,
    softWeight,
    batchTokens: tune.batch.tokens,
    epochs: tune.epochs,
    seed: tune.seed,
    limits,
    sample,
    ...(tune.maxSteps !== null && { maxSteps: tune.maxSteps }),
  });
  const { steps } = method;
  const rows = parts.train.reduce((sum, example) => sum + rowsOf(example), 0);
  const outputs = parts.train.reduce((sum, example) => sum + countTargets(example), 0);
  options.onStart?.({
    steps,
    examples: parts.train.length,
    validation: parts.validation.length,
    operationsPerToken: ((tune.lora === null ? 6 : 4) * session.parameterCount * rows) / outputs,
    trainableCount: session.trainableCount,
    parameterCount: session.parameterCount,
    backend: session.backend,
    threads: backend.threads,
    degradations,
    notes: data.notes,
  });
  const every = (given: number | null, times: number): number =>
    given ?? Math.max(1, Math.round(steps / times));
  const { warmupSteps, ...shape } = tune.schedule;
  const run = await runTraining({
    session,
    method,
    schedule: checkSchedule({
      ...shape,
      peak: tune.learningRate,
      steps,
      warmupSteps: Math.min(steps, warmupSteps ?? Math.round(steps / 20)),
    }),
    folder: tune.out,
    checkpointEvery: every(tune.checkpointEvery, 20),
    evalEvery: every(tune.evalEvery, 10),
    sampleEvery: every(tune.sampleEvery, 2),
    keep: tune.keep,
    best: "validationKl",
    resume: options.resume === true,
    identity: { settings: settingsOf(recipe, model, data.digest), tokenizer: model.tokenizerDigest },
    listener,
    signal,
  });
  const isFinished = run.stopped === "finished";
  const paths = isFinished ? await writeTuned(run.session, model, tune, signal) : [];
  const events = parseEvents(readFileSync(join(tune.out, "metrics.jsonl")));
  const found = events.flatMap((event) => (event.event === "eval" ? [event.values] : []));
  const [before, after] = [found[0] ?? {}, found.at(-1) ?? {}];
  if (isFinished) writeCard(paths[0]!, tune, model, { steps, examples: parts.train.length, before, after });
  const { stopped, step, tokens, seconds } = run;
  return { stopped, step, steps, tokens, seconds, before, after, paths };
}

function limitsOf(
  examples: readonly DistillExample[],
  tune: TuneRecipe,
  vocabSize: number,
): { maxRows: number; maxOutputs: number } {
  const rows = Math.max(...examples.map(rowsOf));
  const outputs = Math.max(...examples.map(countTargets));
  const maxRows = Math.max(rows, tune.batch.microTokens);
  return {
    maxRows,
    maxOutputs: Math.max(outputs, Math.min(maxRows, Math.floor(logitBytes / (8 * vocabSize)))),
  };
}

/** What a run may not change when it goes on. */
function settingsOf(recipe: DistillRecipe, model: TuneModel, digest: string): Record<string, unknown> {
  const { tune, topK, tailDraws, temperature, softWeight } = recipe;
  const { lora, seed, epochs, maxSteps, batch, learningRate, schedule, optimizer, products } = tune;
  return {
    method: "distill",
    ...{ topK, tailDraws, temperature, softWeight },
    ...{ lora, seed, epochs, maxSteps, batch, learningRate, schedule, optimizer, products },
    model: model.digest,
    data: digest,
  };
}

const noteOf = ({ answers, cut, empty }: TeacherAnswers): string =>
  `${answers} answers of the teacher are learned from; ${cut} that the limit of tokens cut and ${empty} empty ones are left out`;

function cardOf(recipe: DistillRecipe, teacher: TuneModel, answers: TeacherAnswers | null): string {
  const license = teacher.checkpoint.metadata["general.license"];
  const from =
    recipe.kind === "answers"
      ? "its answers"
      : `its ${recipe.topK} likeliest tokens and ${recipe.tailDraws} draws from the rest at each position (temperature ${recipe.temperature}, share of the soft loss ${recipe.softWeight})`;
  const made =
    recipe.student?.init === "teacher" ? " Its first weights are copied layers of the teacher." : "";
  const said = answers === null ? "" : ` ${noteOf(answers)}.`;
  return `\nDistilled from ${teacher.checkpoint.name}${typeof license === "string" ? ` (${license})` : ""}: it learned from ${from}.${made}${said}\n`;
}
