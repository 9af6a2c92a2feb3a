/** The errors that callers tell apart, without the engine that throws them. */
export { ChatTemplateError } from "./chat/chat-template-error.ts";
export { ContextOverflowError, InsufficientMemoryError, QueueFullError } from "./engine/errors.ts";
export { FormatError } from "./formats/format-error.ts";
export { GrammarError } from "./grammar/grammar-error.ts";
export { WorkerError, type WorkerErrorCode } from "./worker/errors.ts";
