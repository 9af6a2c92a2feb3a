export * from "./arena/index.ts";
export { type Measured, NotComparableError } from "./compare/comparable.ts";
export {
  type ChangedItem,
  type Comparison,
  compareResults,
  type MetricComparison,
} from "./compare/compare-results.ts";
export {
  ContaminationCheck,
  type ContaminationReport,
  type ItemOverlap,
} from "./contamination/contamination.ts";
export { corpusTexts } from "./contamination/corpus-texts.ts";
export { HashTable } from "./contamination/hash-table.ts";
export { hashesOfWords, ngramHashes, normalWords } from "./contamination/ngrams.ts";
export { MissingDataError } from "./data/missing-data-error.ts";
export { dataFolder, hasData, readTaskData, type TaskData, taskData } from "./data/task-data.ts";
export type * from "./generator.ts";
export { LocalGenerator, type LocalGeneratorOptions, type LocalModel } from "./generators/local-generator.ts";
export { OpenAiGenerator, type OpenAiGeneratorOptions } from "./generators/openai-generator.ts";
export { OpenAiClient, type OpenAiClientOptions, OpenAiError } from "./openai-client.ts";
export { reportPage } from "./report/report-page.ts";
export { AnswerCache, digestOf } from "./run/answer-cache.ts";
export { AppendLog } from "./run/append-log.ts";
export { readReport, readSamples, samplesPath, writeReport } from "./run/report-file.ts";
export type { EvalReport, Sample, Score, ShotChoice, TaskResult } from "./run/result.ts";
export { type RunOptions, type RunProgress, runTask } from "./run/run-task.ts";
export { type TokenCounts, UnsupportedTaskError } from "./run/session.ts";
export { bootstrap, type Estimate, estimateMean } from "./stats/estimate.ts";
export { createRandom, drawWithoutReplacement } from "./stats/random.ts";
export type * from "./task.ts";
export { ownFile } from "./task-file/own-file.ts";
export { readTaskFile } from "./task-file/read-task-file.ts";
export { type CriaFigure, criaFigures } from "./tasks/cria/cria-tasks.ts";
export { type TaskEntry, taskGroups, tasks } from "./tasks/registry.ts";
export { generatedRows, measureCharsPerToken, metaLengths } from "./tasks/special/generated-long-sets.ts";
export { declines } from "./tasks/special/refusal.ts";
