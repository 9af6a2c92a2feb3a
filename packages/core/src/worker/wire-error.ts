import { ContextOverflowError, InsufficientMemoryError, QueueFullError } from "../engine/errors.ts";

/** An error as data. */
export interface WireError {
  name: string;
  message: string;
  stack: string | null;
  /** Numbers of the classes that have some. */
  numbers: Readonly<Record<string, number>>;
}

type Revive = (message: string, numbers: Readonly<Record<string, number>>) => Error;

const sizeOf = (numbers: Readonly<Record<string, number>>, name: string): number => numbers[name] ?? 0;

/** Classes that callers tell apart; any other becomes an Error that keeps its name. */
const classes: Readonly<Record<string, Revive>> = {
  TypeError: (message) => new TypeError(message),
  RangeError: (message) => new RangeError(message),
  SyntaxError: (message) => new SyntaxError(message),
  QueueFullError: (_, numbers) => new QueueFullError(sizeOf(numbers, "queueLimit"), numbers),
  ContextOverflowError: (_, numbers) =>
    new ContextOverflowError({
      promptTokens: sizeOf(numbers, "promptTokens"),
      maxTokens: sizeOf(numbers, "maxTokens"),
      contextLimit: sizeOf(numbers, "contextLimit"),
    }),
  InsufficientMemoryError: (message, numbers) =>
    new InsufficientMemoryError(message, {
      neededBytes: sizeOf(numbers, "neededBytes"),
      availableBytes: sizeOf(numbers, "availableBytes"),
    }),
};

/** Turns an error into data. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: null, numbers: {} };
  const numbers = Object.entries(error).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    numbers: Object.fromEntries(numbers),
  };
}

/** Turns data back into an error of its class; the stack is the worker's. */
export function fromWireError({ name, message, stack, numbers }: WireError): Error {
  const error = classes[name]?.(message, numbers) ?? new Error(message);
  if (error.name !== name) error.name = name;
  if (stack !== null) error.stack = stack;
  return error;
}
