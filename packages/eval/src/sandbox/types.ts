export type SandboxLanguage = "python" | "javascript";

/** Why a run ended: its last line was reached, it failed, or it met a limit. */
export type EndReason = "done" | "error" | "time" | "memory" | "output";

/** What to run, and how much it may use. */
export interface RunRequest {
  language: SandboxLanguage;
  code: string;
  stdin?: string;
  /** Files the code finds in its own folder: plain names, no paths. */
  files?: Readonly<Record<string, string>>;
  /** Wall-clock time; starting the interpreter does not count. */
  seconds?: number;
  /** Memory of the interpreter; at most that of `SandboxOptions`. */
  megabytes?: number;
  /** Limit of what is printed, both streams together, and of the value. */
  outputBytes?: number;
  signal?: AbortSignal;
}

/** How a run ended. Everything in it but `reason` and `seconds` was made by the code and deserves no trust. */
export interface RunResult {
  /** True only when the last line was reached: a program that ends itself early has `exitCode` instead. */
  ok: boolean;
  stdout: string;
  stderr: string;
  /** Value of the last expression where it has one and JSON can hold it. */
  value?: unknown;
  reason: EndReason;
  /** Given where Python code called `exit`. */
  exitCode?: number;
  seconds: number;
}

export type ProtectionName =
  | "permission-flags"
  | "empty-environment"
  | "no-code-from-strings"
  | "network-namespace"
  | "process-namespace"
  | "process-limits"
  | "parent-death";

/** One wall around the code, and whether it stands on this machine. */
export interface Protection {
  name: ProtectionName;
  isInForce: boolean;
  /** What it does, or why it is missing. */
  detail: string;
}

export interface SandboxOptions {
  /** Protections without which the sandbox must not start. */
  require?: readonly ProtectionName[];
  /** Runs at the same time; further ones wait. */
  concurrency?: number;
  /** Defaults of runs; `megabytes` is also what no run can go beyond. */
  seconds?: number;
  megabytes?: number;
  outputBytes?: number;
}

/** Runs code that nobody has read, in processes of its own. */
export interface Sandbox {
  readonly protections: readonly Protection[];
  run(request: RunRequest): Promise<RunResult>;
  /** Starts an interpreter ahead of the first run, and reports early that a package is missing. */
  warm(language: SandboxLanguage): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
