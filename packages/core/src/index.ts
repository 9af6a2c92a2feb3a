export { type BackendChoice, type ChosenBackend, chooseBackend } from "./backend.ts";
export type { ChatFormatSource } from "./chat/chat-format.ts";
export {
  type ChatFormat,
  chooseChatFormat,
  createJinjaFormat,
  createLlamaFormat,
  type LlamaFormatName,
} from "./chat/chat-format.ts";
export { ChatTemplateError } from "./chat/chat-template-error.ts";
export type { ChatTokenizer } from "./chat/chat-tokenizer.ts";
export { type GuardCategory, guardCategories } from "./chat/guard/categories.ts";
export {
  type GuardAnswer,
  parseGuardAnswer,
  type VerdictCandidate,
  verdictScore,
} from "./chat/guard/guard-answer.ts";
export {
  type GuardForm,
  type GuardPromptOptions,
  type GuardTurn,
  guardMessage,
  guardPrompt,
  type PromptPart,
} from "./chat/guard/guard-prompt.ts";
export { type HfDialectOptions, renderHfDialect } from "./chat/hf-dialect.ts";
export { createJinjaChat, type JinjaChat } from "./chat/jinja-format.ts";
export { type JinjaTemplate, parseJinjaTemplate } from "./chat/jinja-template.ts";
export type { JsonValue, Message, RenderedChat, ToolCall, ToolDefinition } from "./chat/message.ts";
export { type MetaDialectOptions, renderMetaDialect } from "./chat/meta-dialect.ts";
export { type MetaToolPrompt, metaToolMessages, pythonicSystemPrompt } from "./chat/meta-tool-prompts.ts";
export { PromptBuilder } from "./chat/prompt-builder.ts";
export { pythonJson } from "./chat/python-text.ts";
export type { RenderOptions } from "./chat/render-options.ts";
export { compareRenders, type RenderDifference } from "./chat/template-check.ts";
export { type CallContent, interpreterResult, isBuiltinTool } from "./chat/tools/builtin.ts";
export { encodeToolCalls, type ToolCallFormat } from "./chat/tools/encode.ts";
export {
  encodeMetaToolCall,
  type MetaAnswer,
  type MetaStopReason,
  parseMetaAnswer,
} from "./chat/tools/meta-compatible.ts";
export {
  type AnswerPart,
  createToolCallParser,
  parseToolCalls,
  type ToolCallParser,
  type ToolCallParserOptions,
} from "./chat/tools/parse-tool-calls.ts";
export { availableMemory } from "./engine/available-memory.ts";
export type { CacheMiss } from "./engine/cache-miss.ts";
export { Engine, type EngineOptions, type EngineStats } from "./engine/engine.ts";
export { ContextOverflowError, InsufficientMemoryError, QueueFullError } from "./engine/errors.ts";
export {
  type LoadEngineOptions,
  type LoadedEngine,
  type LoadProgress,
  loadEngine,
  type PrefixCacheOptions,
} from "./engine/load-engine.ts";
export { admit, type ModelPlan, type PlanOptions, planModel, storedSizes } from "./engine/plan.ts";
export type {
  EmbedOptions,
  EngineInfo,
  FinishReason,
  GenerateRequest,
  Priority,
  ScoredPosition,
  ScoreOptions,
  Speculation,
  Timings,
  TokenEvent,
  TokenLogprob,
  Usage,
} from "./engine/request.ts";
export type { ScheduleLimits } from "./engine/scheduler.ts";
export type { Pooling } from "./engine/sequence.ts";
export { checkSameTokens, type SpeculateOptions } from "./engine/speculation/load-draft.ts";
export { readAdapter } from "./formats/adapter-file.ts";
export { checkTensors, expectedTensors } from "./formats/check-tensors.ts";
export type {
  Checkpoint,
  StoredTensor,
  TensorInfo,
  TensorParts,
  TokenizerSource,
} from "./formats/checkpoint.ts";
export { FormatError } from "./formats/format-error.ts";
export type { GgufFile } from "./formats/gguf.ts";
export { readGguf } from "./formats/gguf.ts";
export type { ExportGgufOptions } from "./formats/gguf-export.ts";
export { exportGguf } from "./formats/gguf-export.ts";
export type { GgufScalar, GgufScalarType, GgufValue } from "./formats/gguf-types.ts";
export type { WriteGgufOptions } from "./formats/gguf-writer.ts";
export { writeGguf } from "./formats/gguf-writer.ts";
export { openCheckpoint } from "./formats/open-checkpoint.ts";
export {
  readTensorBytes,
  tensorPieces,
  tensorSizeBytes,
  toTensorData,
} from "./formats/read-tensor.ts";
export { readTensorRows } from "./formats/read-tensor-rows.ts";
export type { SafetensorsFile, WriteSafetensorsOptions } from "./formats/safetensors.ts";
export { readSafetensors, readShardedSafetensors, writeSafetensors } from "./formats/safetensors.ts";
export { renameTensor } from "./formats/tensor-names.ts";
export type { TensorSource } from "./formats/tensor-source.ts";
export { convertTensor, copyTensor, floatTensor } from "./formats/tensor-source.ts";
export type { GenerateOptions, GeneratePart, RerankOptions, TextModel, TokenDetail } from "./generate.ts";
export { createTextModel, type TextModelParts, type TextTokenizer } from "./generate.ts";
export { GrammarError } from "./grammar/grammar-error.ts";
export type { GrammarSpec } from "./grammar/grammar-spec.ts";
export { SchemaError } from "./grammar/json-schema/schema-error.ts";
export { type LoadedModel, type LoadOptions, loadModel } from "./load.ts";
export {
  isEncoderFolder,
  type LoadEncoderOptions,
  type LoadedEncoder,
  loadEncoder,
} from "./load-encoder.ts";
export type { LlamaConfig, RopeScaling } from "./models/config.ts";
export type { TextEncoderModel } from "./models/encoder.ts";
export { llamaProgram } from "./models/llama.ts";
export { countParameters, isModelShapeName, type ModelShapeName, modelShapes } from "./models/shapes.ts";
export type { LogitCost } from "./quantize/compare-logits.ts";
export { type ConvertFormat, type ConvertOptions, convertModel } from "./quantize/convert.ts";
export { type LogitModel, openLogitModel } from "./quantize/logit-model.ts";
export { type MeasureCostOptions, measureCost } from "./quantize/measure-cost.ts";
export { type QuantizeProof, readProof, type TaskDelta } from "./quantize/proof.ts";
export {
  type QuantizeOptions,
  type QuantizeResult,
  quantizeModel,
  type TaskMeasure,
} from "./quantize/quantize.ts";
export { isQuantizeTarget, type QuantizeTargetName, quantizeTargets } from "./quantize/targets.ts";
export { completeSampling, defaultSampling, type SamplingParams } from "./sample/params.ts";
export { validateSampling } from "./sample/validate.ts";
export type { ResponseFormat, ToolChoice } from "./text/answer-grammar.ts";
export { editDistance } from "./text/edit-distance.ts";
export type { Embeddings } from "./text/embed.ts";
export { type ContextPolicy, contextPolicies, type DroppedContext } from "./text/fit-context.ts";
export { plainFinish } from "./text/plain-finish.ts";
export type { RankedDocument, Ranking } from "./text/rerank.ts";
export type { PromptToken, PromptTokens, ShowTokens } from "./text/show-tokens.ts";
export { type DecodeOptions, loadTokenizer, type StreamingDecoder, Tokenizer } from "./tokenizer/load.ts";
export { WorkerError, type WorkerErrorCode } from "./worker/errors.ts";
export { type BudgetMember, MemoryBudget } from "./worker/memory-budget.ts";
export { processWorkers } from "./worker/node-process.ts";
export { threadWorkers } from "./worker/node-thread.ts";
export type { SupervisorPolicy } from "./worker/policy.ts";
export type { StartWorker, WorkerLoad } from "./worker/protocol.ts";
export { RemoteEngine, type RemoteEngineOptions } from "./worker/remote-engine.ts";
export { type SupervisedModel, type SupervisedOptions, superviseModel } from "./worker/supervised-model.ts";
export {
  Supervisor,
  type SupervisorOptions,
  type WorkerState,
  type WorkerStatus,
} from "./worker/supervisor.ts";
