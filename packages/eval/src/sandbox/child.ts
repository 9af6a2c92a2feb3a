import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { ChildRequest, Frame } from "./frames.ts";
import { parseFrame } from "./frames.ts";
import type { EndReason, RunResult } from "./types.ts";
import type { Walls } from "./walls.ts";

/** A program for a child, made of a function that uses nothing but its argument and what Node has. */
export function programOf<Config>(main: (config: Config) => Promise<void>, config: Config): string {
  // Compilers that keep names wrap functions in `__name`.
  return `const __name = (f) => f;\nawait (${main.toString()})(${JSON.stringify(config)});\n`;
}

export interface ChildStart {
  walls: Walls;
  program: string;
  /** Folders and files that the program loads. */
  readable: readonly string[];
  /** An empty folder. */
  cwd: string;
  heapMegabytes: number;
  /** What an interpreter that keeps the time itself gets to say what was printed, before it is killed. */
  graceSeconds: number;
}

/** Starts Node behind the walls. */
export function spawnBehindWalls(start: Omit<ChildStart, "graceSeconds">): ChildProcess {
  const { walls, program, readable, cwd, heapMegabytes } = start;
  const [command, ...args] = [
    ...walls.wrapper,
    process.execPath,
    ...walls.flags,
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${heapMegabytes}`,
    "--input-type=module",
    "-e",
    program,
  ];
  return spawn(command!, args, { cwd, env: {}, stdio: ["pipe", "pipe", "pipe"] });
}

/** JSON writes a control character in six bytes. */
const maxBytesPerByte = 6;
/** For frames around the output, and for a result that is not printed. */
const frameBytes = 2 ** 18;
const maxDiagnosticBytes = 2 ** 14;

const outOfMemory =
  /heap out of memory|out of memory|Array buffer allocation failed|Cannot allocate|SIGABRT/i;

interface Running {
  request: ChildRequest;
  startedAt: number;
  stdout: string;
  stderr: string;
  finish(reason: EndReason, more?: Partial<RunResult>): void;
}

/** A process with an interpreter in it. It holds at most one run at a time. */
export class Child {
  readonly ready: Promise<void>;
  /** True once the process must not get another run. */
  isSpent = false;
  readonly #process: ChildProcess;
  readonly #graceSeconds: number;
  readonly #exited: Promise<void>;
  #running: Running | null = null;
  #onReady: () => void = () => {};
  #pending = "";
  #receivedBytes = 0;
  #maxBytes = frameBytes;
  #diagnostics = "";

  constructor(start: ChildStart, language: string) {
    const child = spawnBehindWalls(start);
    this.#process = child;
    this.#graceSeconds = start.graceSeconds;
    this.ready = new Promise((done, fail) => {
      this.#onReady = done;
      child.once("error", (error) =>
        fail(new Error(`The ${language} sandbox could not start: ${error.message}`, { cause: error })),
      );
      child.once("close", (code, signal) =>
        fail(
          new Error(
            `The ${language} sandbox ended before it was ready (${signal ?? `exit code ${code}`}): ` +
              `${this.#diagnostics.trim().slice(-2000) || "it said nothing"}`,
          ),
        ),
      );
    });
    // Whoever waits for it sees the failure; a spare that nobody waits for must not end this process.
    this.ready.catch(() => {});
    this.#exited = new Promise((done) => {
      child.once("error", () => done());
      child.once("close", (code, signal) => {
        this.isSpent = true;
        done();
        const isMemory = outOfMemory.test(this.#diagnostics) || signal === "SIGABRT" || code === 134;
        const why = `The interpreter ended (${signal ?? `exit code ${code}`}) ${this.#diagnostics.trim().slice(-500)}\n`;
        if (this.#running !== null) this.#running.stderr += why;
        this.#running?.finish(isMemory ? "memory" : "error");
      });
    });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#receive(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#diagnostics = (this.#diagnostics + text).slice(-maxDiagnosticBytes);
    });
    // A child that dies while it is written to is reported by its end.
    child.stdin?.on("error", () => {});
  }

  #receive(text: string): void {
    this.#receivedBytes += Buffer.byteLength(text);
    if (this.#receivedBytes > this.#maxBytes) {
      this.kill();
      this.#running?.finish("output");
      return;
    }
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop() ?? "";
    for (const line of lines) this.#take(parseFrame(line));
  }

  #take(frame: Frame | null): void {
    if (frame?.kind === "ready") {
      this.#onReady();
      return;
    }
    const running = this.#running;
    if (running === null) return;
    if (frame?.kind === "output") {
      if (frame.stream === 1) running.stdout += frame.text;
      else running.stderr += frame.text;
      return;
    }
    if (frame === null || frame.id !== running.request.id) {
      this.kill();
      running.stderr += "The interpreter answered something that is no result\n";
      running.finish("error");
      return;
    }
    this.isSpent ||= frame.isSpent;
    let value: unknown;
    try {
      value = frame.value === undefined ? undefined : JSON.parse(frame.value);
    } catch {
      value = undefined;
    }
    running.finish(frame.reason, {
      ...(value !== undefined && { value }),
      ...(frame.exitCode !== undefined && { exitCode: frame.exitCode }),
    });
  }

  /** Runs code and resolves in any case: what goes wrong is in the result. Rejects only when aborted. */
  run(request: Omit<ChildRequest, "id">, signal: AbortSignal | undefined): Promise<RunResult> {
    const asked: ChildRequest = { ...request, id: randomUUID() };
    this.#receivedBytes = 0;
    this.#maxBytes = 2 * maxBytesPerByte * request.outputBytes + frameBytes;
    return new Promise((done, fail) => {
      const onAbort = (): void => {
        this.kill();
        end();
        fail(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          this.kill();
          this.#running?.finish("time");
        },
        (request.seconds + this.#graceSeconds) * 1000,
      );
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#running = null;
      };
      const startedAt = performance.now();
      this.#running = {
        request: asked,
        startedAt,
        stdout: "",
        stderr: "",
        finish: (reason, more = {}) => {
          const { stdout, stderr } = this.#running!;
          end();
          const cut = (text: string): string => text.slice(0, request.outputBytes);
          done({
            ok: reason === "done",
            stdout: cut(stdout),
            stderr: cut(stderr),
            reason,
            seconds: (performance.now() - startedAt) / 1000,
            ...more,
          });
        },
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#process.stdin?.write(`${JSON.stringify(asked)}\n`);
    });
  }

  /** Ends the process at once. */
  kill(): void {
    this.isSpent = true;
    this.#process.kill("SIGKILL");
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    this.kill();
    await this.#exited;
  }
}
