import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { SynthRecipe } from "@llamero/train/synth";
import type { Json } from "../../api/json.ts";
import { servedGenerator } from "../eval/served-generator.ts";
import { defineJobKind, type JobContext, JobError, type JobKind } from "../job.ts";

export interface SynthesisInput {
  model: string;
  recipe: { [key: string]: Json };
  /** Example questions, one record a line, for recipes that were made from conversations. */
  seeds: string[] | null;
  limit: number | null;
}

export interface SynthesisState {
  numDone: number;
  numItems: number;
  numKept: number;
  records: { [key: string]: Json }[];
  statistics: { [key: string]: Json } | null;
}

type Context = JobContext<SynthesisInput, SynthesisState>;

const saveEveryMs = 1000;

/** A recipe as JSON, which is YAML; files in it are those that the server has written itself. */
export async function readSynthesisRecipe(
  { recipe, seeds, model }: SynthesisInput,
  folder: string,
): Promise<SynthRecipe> {
  const { parseSynthRecipe } = await import("@llamero/train/synth");
  const teacher = recipe["teacher"] ?? { model };
  const task = {
    kind: "instructions",
    count: seeds?.length ?? 1,
    seeds: ["seeds.jsonl"],
    license: "unknown",
  };
  const table = { ...(seeds === null ? recipe : { ...recipe, tasks: [task] }), teacher, out: "out" };
  return parseSynthRecipe(JSON.stringify(table), join(folder, "recipe"));
}

/** Training data that a served model writes. */
export const synthesisJob: JobKind = defineJobKind<SynthesisInput, SynthesisState>({
  name: "synthesis",
  maxRunning: 1,
  async run(context) {
    const { id, owner, input, services, signal } = context;
    signal.throwIfAborted();
    const state = context.state ?? { numDone: 0, numItems: 0, numKept: 0, records: [], statistics: null };
    const mark = createHash("sha256").update(`${owner}\n${id}`).digest("hex").slice(0, 24);
    const folder = join(homeFolder(), "jobs", mark);
    await mkdir(folder, { recursive: true });
    if (input.seeds !== null) {
      const lines = input.seeds.map((instruction) => `${JSON.stringify({ instruction })}\n`);
      await writeFile(join(folder, "seeds.jsonl"), lines.join(""));
    }
    const recipe = await readSynthesisRecipe(input, folder);
    const { runsCode, synthesize, TeacherLicenseError } = await import("@llamero/train/synth");
    const teacher = await servedGenerator(services.models.find(input.model), signal);
    let savedAt = 0;
    const result = await withSandbox(recipe.tasks.some(runsCode), (runCode) =>
      synthesize(recipe, {
        teacher,
        runCode,
        limit: input.limit,
        signal,
        onProgress: ({ numDone, numItems, numKept }) => {
          Object.assign(state, { numDone, numItems, numKept });
          if (Date.now() - savedAt < saveEveryMs) return;
          savedAt = Date.now();
          context.save(state).catch((error: unknown) => {
            if (!signal.aborted) services.onError(error);
          });
        },
      }),
    ).catch((error: unknown) => {
      if (error instanceof TeacherLicenseError) throw new JobError("license", error.message);
      throw error;
    });
    const { numItems, numKept, numDropped, numFailed, firstFailure, drops, files } = result;
    state.statistics = { numItems, numKept, numDropped, numFailed, firstFailure, drops: { ...drops } };
    state.records = await readRecords(context, recipe.out, files);
    return state;
  },
});

type RunCode = import("@llamero/eval").RunCode;

async function withSandbox<T>(isNeeded: boolean, run: (runCode: RunCode | null) => Promise<T>): Promise<T> {
  if (!isNeeded) return await run(null);
  const { createSandbox, sandboxRunCode } = await import("@llamero/eval/sandbox");
  await using sandbox = await createSandbox();
  return await run(sandboxRunCode(sandbox));
}

async function readRecords(
  { signal }: Context,
  out: string,
  files: readonly { file: string }[],
): Promise<{ [key: string]: Json }[]> {
  const records: { [key: string]: Json }[] = [];
  for (const { file } of files) {
    if (!file.endsWith(".jsonl")) throw new TypeError(`${file} is no file of JSON lines`);
    const text = await readFile(join(out, file), { encoding: "utf8", signal });
    for (const line of text.split("\n")) {
      if (line !== "") records.push(JSON.parse(line) as { [key: string]: Json });
    }
  }
  return records;
}
