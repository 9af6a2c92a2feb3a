import type { QuickJSHandle } from "quickjs-emscripten-core";
import type { ChildRequest, Frame } from "./frames.ts";

export interface JavascriptChildConfig {
  /** Address of `quickjs-emscripten-core`. */
  core: string;
  /** Address of the variant, and the bytes of its WebAssembly. */
  variant: string;
  wasm: string;
  prelude: string;
}

/**
 * The program of a child that runs JavaScript. Its text is handed to Node as it is, so it uses its argument and Node only.
 * Each run gets WebAssembly memory of its own: nothing that code does to an interpreter is there in the next run.
 */
export async function javascriptChild(config: JavascriptChildConfig): Promise<void> {
  const fs = await import("node:fs");
  const core: typeof import("quickjs-emscripten-core") = await import(config.core);
  const variant = (await import(config.variant)).default;
  // The types of Node have no WebAssembly.
  const { WebAssembly: webAssembly } = globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<never> };
  };
  const wasmModule = await webAssembly.compile(fs.readFileSync(new URL(config.wasm)));

  const say = (frame: Frame): void => {
    let bytes = Buffer.from(`${JSON.stringify(frame)}\n`);
    while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(1, bytes));
  };

  /** A line of standard input; null at its end. */
  let pending = Buffer.alloc(0);
  const readLine = (): string | null => {
    const chunk = Buffer.alloc(65536);
    for (;;) {
      const end = pending.indexOf(10);
      if (end >= 0) {
        const line = pending.toString("utf8", 0, end);
        pending = pending.subarray(end + 1);
        return line;
      }
      const size = fs.readSync(0, chunk);
      if (size === 0) return null;
      pending = Buffer.concat([pending, chunk.subarray(0, size)]);
    }
  };

  const run = async (request: ChildRequest): Promise<Frame> => {
    let deadline = Number.POSITIVE_INFINITY;
    let isTimeUp = false;
    let isFull = false;
    let numBytes = 0;
    const printed = ["", ""];
    let numWaiting = 0;
    let flushedAt = 0;
    const flush = (): void => {
      for (const stream of [1, 2] as const) {
        const text = printed[stream - 1]!;
        if (text !== "") say({ kind: "output", stream, text });
        printed[stream - 1] = "";
      }
      numWaiting = 0;
      flushedAt = performance.now();
    };

    const interpreter = await core.newQuickJSWASMModuleFromVariant(core.newVariant(variant, { wasmModule }));
    const runtime = interpreter.newRuntime();
    runtime.setMemoryLimit(request.megabytes * 2 ** 20);
    runtime.setMaxStackSize(2 ** 18);
    runtime.setInterruptHandler(() => {
      isTimeUp ||= performance.now() > deadline;
      return isTimeUp || isFull;
    });
    const context = runtime.newContext();
    const finish = (reason: "done" | "error" | "memory", value?: string): Frame => {
      flush();
      const why = isFull ? "output" : isTimeUp ? "time" : reason;
      return {
        kind: "result",
        id: request.id,
        reason: why,
        isSpent: why === "memory",
        ...(why === "done" && value !== undefined && { value }),
      };
    };

    const write = context.newFunction("write", (stream, text) => {
      if (isFull || context.typeof(text) !== "string") return;
      const line = context.getString(text);
      const room = request.outputBytes - numBytes;
      const size = Buffer.byteLength(line);
      numBytes += size;
      isFull = size > room;
      const kept = isFull ? Buffer.from(line).toString("utf8", 0, room) : line;
      printed[context.getNumber(stream) === 2 ? 1 : 0] += kept;
      numWaiting += kept.length;
      if (numWaiting > 65536 || performance.now() - flushedAt > 100) flush();
    });
    const makeTools = context.unwrapResult(context.evalCode(config.prelude, "sandbox.js"));
    const input = context.newString(JSON.stringify({ stdin: request.stdin, files: request.files }));
    const tools = context.unwrapResult(context.callFunction(makeTools, context.undefined, write, input));
    const callTool = (name: string, ...args: QuickJSHandle[]) =>
      context.callFunction(context.getProp(tools, name), context.undefined, ...args);

    const isFullOfMemory = (): boolean => {
      const usage: { malloc_size?: number } = context.dump(runtime.computeMemoryUsage());
      return (usage.malloc_size ?? 0) > request.megabytes * 2 ** 20 * 0.5;
    };
    const fail = (error: QuickJSHandle): Frame => {
      if (isTimeUp || isFull) return finish("error");
      const name = context.getProp(error, "name");
      const message = context.getProp(error, "message");
      // Saying what it is takes a little memory and a moment more; an error may have code of its own.
      runtime.setMemoryLimit((request.megabytes + 8) * 2 ** 20);
      deadline = Math.max(deadline, performance.now() + 100);
      const isText = context.typeof(name) === "string" && context.typeof(message) === "string";
      const isMemory =
        (isText &&
          context.getString(name) === "InternalError" &&
          context.getString(message) === "out of memory") ||
        // An interpreter without memory for an error throws null; what it unwound may be free again.
        (context.eq(error, context.null) && isFullOfMemory());
      const described = callTool("describe", error);
      const text =
        described.error || context.typeof(described.value) !== "string"
          ? ""
          : context.getString(described.value);
      printed[1] += text.slice(0, Math.max(0, Math.min(2000, request.outputBytes - numBytes)));
      return finish(isMemory ? "memory" : "error");
    };
    /** Runs what is due until nothing is left; an error of a timer ends the run, as it ends a program. */
    const settle = (): QuickJSHandle | null => {
      for (;;) {
        const jobs = runtime.executePendingJobs();
        if (jobs.error) return jobs.error;
        const tick = callTool("tick");
        if (tick.error) return tick.error;
        if (context.dump(tick.value) !== true && !runtime.hasPendingJob()) return null;
      }
    };

    deadline = performance.now() + request.seconds * 1000;
    let isModule = false;
    if (/\b(await|import|export)\b/.test(request.code)) {
      const probe = context.evalCode(request.code, "main.js", { type: "global", compileOnly: true });
      isModule = probe.error !== undefined;
    }
    const evaluated = context.evalCode(request.code, "main.js", { type: isModule ? "module" : "global" });
    if (evaluated.error) return fail(evaluated.error);
    const left = settle();
    if (left !== null) return fail(left);
    const state = context.getPromiseState(evaluated.value);
    if (state.type === "rejected") return fail(state.error);
    if (state.type === "pending") {
      printed[1] += "The program ended while it still waited for a promise\n";
      return finish("error");
    }
    const json = isModule ? null : callTool("toJson", state.value);
    if (json === null || json.error || context.typeof(json.value) !== "string") return finish("done");
    const value = context.getString(json.value);
    return finish("done", value.length <= request.outputBytes ? value : undefined);
  };

  say({ kind: "ready" });
  for (;;) {
    const line = readLine();
    if (line === null) process.exit(0);
    const request: ChildRequest = JSON.parse(line);
    let result: Frame;
    try {
      result = await run(request);
    } catch (error) {
      // WebAssembly trapped: what is left of the interpreter is not touched again.
      say({
        kind: "output",
        stream: 2,
        text: `The interpreter failed: ${error instanceof Error ? error.message : error}\n`,
      });
      const isMemory = /out of memory|Cannot enlarge|OOM/i.test(String(error));
      result = { kind: "result", id: request.id, reason: isMemory ? "memory" : "error", isSpent: true };
    }
    say(result);
  }
}
