import type { ChildRequest, Frame } from "./frames.ts";

export interface PythonChildConfig {
  /** Address of `pyodide.mjs`, and its folder with a slash behind. */
  pyodide: string;
  folder: string;
  /** The kept memory of a fresh interpreter; null: make it, and write it to standard output. */
  snapshot: string | null;
  warmUp: string;
  runner: string;
}

/** What is used of Pyodide, whose package may be absent where this is compiled. */
interface Pyodide {
  runPython(code: string): unknown;
  setStdin(options: { read(buffer: Uint8Array): number; isatty: boolean }): void;
  setStdout(options: { write(buffer: Uint8Array): number; isatty: boolean }): void;
  setStderr(options: { write(buffer: Uint8Array): number; isatty: boolean }): void;
  FS: { writeFile(path: string, data: string): void };
  makeMemorySnapshot(): Uint8Array;
}

/**
 * The program of a child that runs Python once. Its text is handed to Node as it is, so it uses its argument and Node only.
 * Code that gets from Python to JavaScript finds a process that has nothing to give: see `docs/sandbox.md`.
 */
export async function pythonChild(config: PythonChildConfig): Promise<void> {
  const fs = await import("node:fs");
  const os = await import("node:os");
  const { createRequire, syncBuiltinESMExports } = await import("node:module");
  const require = createRequire(config.folder);
  const { readSync, writeSync } = fs;
  const host = process;

  const denied = (): never => {
    throw new Error("Not allowed in the sandbox");
  };
  // Pyodide asks for these constants by a door that the permission flags close.
  const constants = { fs: fs.constants, os: os.constants };
  Object.assign(host, { binding: (name: string) => (name === "constants" ? constants : denied()) });

  // Node makes its pipes non-blocking when its streams are first asked for, and Pyodide asks.
  for (const [fd, name] of ["stdin", "stdout", "stderr"].entries()) {
    Object.defineProperty(host, name, { value: { fd }, configurable: true });
  }
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const writeAll = (bytes: Uint8Array): void => {
    let rest = bytes;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(1, rest));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  };
  const say = (frame: Frame): void => writeAll(Buffer.from(`${JSON.stringify(frame)}\n`));

  // The types of Node have no WebAssembly.
  interface Memory {
    buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } })
    .WebAssembly;
  let maxPages = 2 ** 15;
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (this: Memory, pages: number): number {
    if (this.buffer.byteLength / 65536 + pages > maxPages)
      throw new RangeError("The memory limit is reached");
    return grow.call(this, pages);
  };

  const { loadPyodide } = (await import(config.pyodide)) as {
    loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
  };
  const pyodide = await loadPyodide({
    indexURL: config.folder,
    jsglobals: {},
    env: { HOME: "/home/pyodide" },
    ...(config.snapshot === null
      ? { _makeSnapshot: true }
      : { _loadSnapshot: fs.readFileSync(config.snapshot) }),
  });
  if (config.snapshot === null) {
    pyodide.runPython(config.warmUp);
    writeAll(pyodide.makeMemorySnapshot());
    host.exit(0);
  }
  const run = pyodide.runPython(config.runner) as (code: string, valueBytes: number) => string;

  // From here on nothing is loaded any more. Each of these is a second wall behind the flags and the kernel.
  const lockedModules = [
    ...["net", "tls", "dgram", "dns", "http", "https", "http2", "child_process", "worker_threads", "cluster"],
    ...["inspector", "vm", "repl", "wasi"],
  ].map((name): Record<string, unknown> => require(`node:${name}`));
  const lock = (target: object, name: string): void => {
    // Getters of constants cannot be replaced, and need not be.
    if (Object.getOwnPropertyDescriptor(target, name)?.writable) Reflect.set(target, name, denied);
  };
  for (const module of lockedModules) {
    for (const [name, value] of Object.entries(module)) {
      if (typeof value !== "function") continue;
      for (const method of ["connect", "bind", "send"]) if (value.prototype) lock(value.prototype, method);
      lock(module, name);
    }
  }
  syncBuiltinESMExports();
  // The way out that runs no code any more.
  const { reallyExit } = host as unknown as { reallyExit(code: number): never };
  const exit: (code: number) => never = reallyExit.bind(host);
  const kept = {
    argv: [] as string[],
    env: {},
    versions: host.versions,
    version: host.version,
    platform: host.platform,
  };
  for (const name of Reflect.ownKeys(host)) {
    // How Node reports an error that nobody caught.
    if (name === "_fatalException" || name === "emit" || name === "listenerCount") continue;
    try {
      Object.defineProperty(host, name, {
        value: typeof Reflect.get(host, name) === "function" ? denied : {},
      });
    } catch {
      // What cannot be changed is covered by the stand-in below.
    }
  }
  const standIn = Object.freeze({
    ...kept,
    nextTick: queueMicrotask,
    umask: () => 0o22,
    getuid: () => 1000,
    binding: denied,
  });
  Object.defineProperty(globalThis, "process", { value: standIn });
  for (const name of [
    "fetch",
    "WebSocket",
    "EventSource",
    "XMLHttpRequest",
    "Worker",
    "BroadcastChannel",
    "MessageChannel",
    "MessagePort",
    "navigator",
    "require",
    "global",
    "SharedArrayBuffer",
  ]) {
    Reflect.deleteProperty(globalThis, name);
  }

  const silent = (): void => {};
  Object.defineProperty(globalThis, "console", {
    value: Object.freeze({ log: silent, info: silent, debug: silent, warn: silent, error: silent }),
  });

  let pending = Buffer.alloc(0);
  const readLine = (): string => {
    const chunk = Buffer.alloc(65536);
    for (;;) {
      const end = pending.indexOf(10);
      if (end >= 0) return pending.toString("utf8", 0, end);
      let size = 0;
      try {
        size = readSync(0, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        Atomics.wait(pause, 0, 0, 10);
        continue;
      }
      if (size === 0) exit(0);
      pending = Buffer.concat([pending, chunk.subarray(0, size)]);
    }
  };

  say({ kind: "ready" });
  const request: ChildRequest = JSON.parse(readLine());
  maxPages = Math.ceil(request.megabytes * 16);

  let numBytes = 0;
  let flushedAt = 0;
  const decoders = [new TextDecoder(), new TextDecoder()];
  const printed = ["", ""];
  const flush = (): void => {
    for (const stream of [1, 2] as const) {
      const text = printed[stream - 1]!;
      if (text !== "") say({ kind: "output", stream, text });
      printed[stream - 1] = "";
    }
    flushedAt = performance.now();
  };
  const end = (frame: Omit<Extract<Frame, { kind: "result" }>, "kind" | "id" | "isSpent">): void => {
    flush();
    say({ kind: "result", id: request.id, isSpent: true, ...frame });
    exit(0);
  };
  const sink = (stream: 1 | 2) => ({
    isatty: false,
    write: (buffer: Uint8Array): number => {
      const room = request.outputBytes - numBytes;
      numBytes += buffer.length;
      printed[stream - 1] += decoders[stream - 1]!.decode(buffer.subarray(0, Math.max(room, 0)), {
        stream: true,
      });
      if (buffer.length > room) end({ reason: "output" });
      if (printed[stream - 1]!.length > 65536 || performance.now() - flushedAt > 100) flush();
      return buffer.length;
    },
  });
  let stdin = new TextEncoder().encode(request.stdin);
  pyodide.setStdin({
    isatty: false,
    read: (buffer) => {
      const part = stdin.subarray(0, buffer.length);
      buffer.set(part);
      stdin = stdin.subarray(part.length);
      return part.length;
    },
  });
  pyodide.setStdout(sink(1));
  pyodide.setStderr(sink(2));
  for (const [name, text] of Object.entries(request.files))
    pyodide.FS.writeFile(`/home/pyodide/${name}`, text);

  try {
    const answer: { reason: "done" | "error" | "memory"; value?: string; exitCode?: number } = JSON.parse(
      run(request.code, request.outputBytes),
    );
    end(answer);
  } catch (error) {
    printed[1] += `The interpreter failed: ${error instanceof Error ? error.message : String(error)}\n`;
    end({ reason: /memory/i.test(String(error)) ? "memory" : "error" });
  }
}
