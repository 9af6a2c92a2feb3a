import { HttpError } from "../../http/http-error.ts";
import { newFile, readFile } from "../../routes/files.ts";
import { nowSeconds } from "../../routes/stored-objects.ts";
import type { Store, StoreWrite } from "../../store/store.ts";
import { defineJobKind, type JobContext, type JobKind, JobStop } from "../job.ts";
import { type BatchInput, type BatchState, newBatchState } from "./batch-state.ts";
import { lowPriority } from "./low-priority.ts";
import { type BatchLine, readBatchLines } from "./read-lines.ts";
import { addUsage, expiredLine, type LineResult, runLine } from "./run-line.ts";

/** Lines of a batch that are under way at once. */
const concurrency = 4;

type Context = JobContext<BatchInput, BatchState>;

/** OpenAI's batches: the requests of a file, answered when there is time. */
export const batchJob: JobKind = defineJobKind<BatchInput, BatchState>({
  name: "batch",
  maxRunning: 2,
  async run(context) {
    const state = context.state ?? newBatchState();
    // The files were kept together with the state.
    if (state.output_file_id !== null || state.error_file_id !== null) return state;
    const lines = await readInput(context, state);
    if (lines === null) return state;
    const done = await doneLines(context, lines);
    if (state.in_progress_at === null) {
      state.total = lines.length;
      const models = new Set(lines.map(({ body }) => String(body["model"])));
      state.model = models.size === 1 ? [...models][0]! : null;
      state.in_progress_at = nowSeconds();
      await context.save(state);
    }
    await runLines(context, state, {
      left: lines.filter(({ line }) => !done.has(line)),
      ids: lines,
    });
    return state;
  },
});

/** Requests of the input file; null, with the errors in the state, where it is not as it should be. */
async function readInput(context: Context, state: BatchState): Promise<BatchLine[] | null> {
  const { input, owner, services } = context;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(services.store, input.input_file_id, owner);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const message = `Cannot find file ${input.input_file_id}.`;
    state.errors = [{ code: "invalid_request", line: null, message, param: "input_file_id" }];
    return null;
  }
  const { lines, errors } = await readBatchLines(bytes, input.endpoint, services.models);
  state.errors = errors;
  return errors.length > 0 ? null : lines;
}

const utf8 = new TextEncoder();

/** Where a line's record lies until the files are written. */
const bytesId = (batchId: string, line: number): string => `${batchId}/${line}`;

async function doneLines(
  { id, state, services }: Context,
  lines: readonly BatchLine[],
): Promise<Set<number>> {
  const done = new Set<number>();
  if (state === null) return done;
  for (const { line } of lines) {
    if ((await services.store.getBytes(bytesId(id, line))) !== null) done.add(line);
  }
  return done;
}

async function runLines(
  context: Context,
  state: BatchState,
  { left, ids }: { left: readonly BatchLine[]; ids: readonly BatchLine[] },
): Promise<void> {
  const { id, input, owner, signal } = context;
  const services = { ...context.services, models: lowPriority(context.services.models) };
  const expiry = new AbortController();
  const leftMs = input.expires_at - Date.now();
  if (leftMs <= 0) expiry.abort();
  const timer = setTimeout(() => expiry.abort(), Math.max(0, leftMs));
  timer.unref();
  const either = AbortSignal.any([signal, expiry.signal]);
  const waiting = left.values();
  const settled = new Set<number>();
  const work = async (): Promise<void> => {
    for (const line of waiting) {
      either.throwIfAborted();
      const result = await runLine(services, line, { path: input.endpoint, owner, signal: either });
      const { isCompleted, record, body } = result;
      if (isCompleted) state.completed++;
      else state.failed++;
      addUsage(state.usage, body);
      const bytes = utf8.encode(JSON.stringify({ isCompleted, record }));
      await context.save(state, { write: "putBytes", id: bytesId(id, line.line), bytes });
      settled.add(line.line);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrency, left.length) }, work));
  clearTimeout(timer);
  if (signal.aborted && !(signal.reason instanceof JobStop && signal.reason.why === "cancelled")) {
    throw signal.reason;
  }
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined && !either.aborted) throw failure.reason;
  const unrun = left.filter(({ line }) => !settled.has(line));
  state.isExpired = unrun.length > 0 && expiry.signal.aborted && !signal.aborted;
  state.finalizing_at = nowSeconds();
  await context.save(state);
  await writeFiles(context, state, ids, state.isExpired ? unrun : []);
}

/** Writes the files of results and lets go of the single records, all in one. */
async function writeFiles(
  context: Context,
  state: BatchState,
  lines: readonly BatchLine[],
  expired: readonly BatchLine[],
): Promise<void> {
  const { id, owner, services, input } = context;
  const { completed, failed } = await readRecords(services.store, id, lines);
  failed.push(...expired.map((line) => JSON.stringify(expiredLine(line))));
  state.failed += expired.length;
  const writes: StoreWrite[] = lines.map(({ line }) => ({ write: "deleteBytes", id: bytesId(id, line) }));
  const keep = (name: string, records: readonly string[]): string | null => {
    if (records.length === 0) return null;
    const { file, writes: own } = newFile(owner, utf8.encode(`${records.join("\n")}\n`), {
      filename: `${id}_${name}.jsonl`,
      purpose: "batch_output",
      ...(input.output_seconds !== null && { secondsToLive: input.output_seconds }),
    });
    writes.push(...own);
    return file.id;
  };
  state.output_file_id = keep("output", completed);
  state.error_file_id = keep("error", failed);
  await context.save(state, ...writes);
}

async function readRecords(
  store: Store,
  id: string,
  lines: readonly BatchLine[],
): Promise<{ completed: string[]; failed: string[] }> {
  const [completed, failed]: [string[], string[]] = [[], []];
  for (const { line } of lines) {
    const bytes = await store.getBytes(bytesId(id, line));
    if (bytes === null) continue;
    const { isCompleted, record } = JSON.parse(new TextDecoder().decode(bytes)) as Omit<LineResult, "body">;
    (isCompleted ? completed : failed).push(JSON.stringify(record));
  }
  return { completed, failed };
}
