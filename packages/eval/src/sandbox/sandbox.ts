import { mkdtemp, realpath, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { findQuickjs } from "./javascript.ts";
import { findPyodide } from "./python.ts";
import type { RunRequest, RunResult, Sandbox, SandboxLanguage, SandboxOptions } from "./types.ts";
import { findWalls, type Walls } from "./walls.ts";

/** What it takes to start a child for a language. */
export interface Interpreter {
  name: string;
  program: string;
  /** Folders and files that the program loads. */
  readable: readonly string[];
  heapMegabytes: number;
  graceSeconds: number;
  /** Runs until a process is replaced. */
  maxRuns: number;
}

export interface InterpreterPlace {
  walls: Walls;
  /** An empty folder, where children are. */
  cwd: string;
  /** For what an interpreter prepares once. */
  folder: string;
  /** Folders beside whose `node_modules` the `pyodide` package is looked for. */
  pyodidePlaces: readonly string[];
}

const interpreters: Readonly<Record<SandboxLanguage, (place: InterpreterPlace) => Promise<Interpreter>>> = {
  javascript: findQuickjs,
  python: findPyodide,
};

interface Idle {
  child: Child;
  numRuns: number;
}

function checkPositive(name: string, value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new RangeError(`${name} of a sandbox must be a number above 0, not ${value}`);
  }
  return value;
}

const fileName = /^(?!\.)[\w.-]{1,100}$/;

function checkFiles(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    if (!fileName.test(name)) {
      throw new RangeError(
        `A file of a sandbox must have a plain name of letters, digits, ".", "_" and "-", not ${JSON.stringify(name)}`,
      );
    }
    if (typeof text !== "string") throw new TypeError(`The file ${name} of a sandbox must be a string`);
  }
}

/** Processes of one language: as many at once as the sandbox allows, and a spare one that is warm. */
class Pool {
  readonly #find: () => Promise<Interpreter>;
  readonly #place: InterpreterPlace;
  readonly #children = new Set<Child>();
  readonly #idle: Idle[] = [];
  #interpreter: Promise<Interpreter> | null = null;
  #isClosed = false;

  constructor(find: (place: InterpreterPlace) => Promise<Interpreter>, place: InterpreterPlace) {
    this.#find = () => find(place);
    this.#place = place;
  }

  #start(interpreter: Interpreter): Idle {
    if (this.#isClosed) throw new Error("The sandbox is closed");
    const { walls, cwd } = this.#place;
    const child = new Child({ walls, cwd, ...interpreter }, interpreter.name);
    this.#children.add(child);
    child.ready.catch(() => this.#children.delete(child));
    return { child, numRuns: 0 };
  }

  async interpreter(): Promise<Interpreter> {
    this.#interpreter ??= this.#find();
    try {
      return await this.#interpreter;
    } catch (error) {
      // A package may be installed meanwhile.
      this.#interpreter = null;
      throw error;
    }
  }

  async warm(): Promise<void> {
    const interpreter = await this.interpreter();
    if (this.#idle.length === 0) this.#idle.push(this.#start(interpreter));
    await this.#idle[0]?.child.ready;
  }

  async run(request: Parameters<Child["run"]>[0], signal: AbortSignal | undefined): Promise<RunResult> {
    const interpreter = await this.interpreter();
    let taken = this.#idle.pop();
    while (taken?.child.isSpent) taken = this.#idle.pop();
    taken ??= this.#start(interpreter);
    const { child } = taken;
    // While this one runs, the next gets ready.
    if (interpreter.maxRuns === 1 && this.#idle.length === 0) this.#idle.push(this.#start(interpreter));
    try {
      await child.ready;
      const result = await child.run(request, signal);
      taken.numRuns++;
      return result;
    } finally {
      if (child.isSpent || this.#isClosed || taken.numRuns >= interpreter.maxRuns) {
        child.kill();
        this.#children.delete(child);
      } else {
        this.#idle.push(taken);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#children].map((child) => child.close()));
  }
}

/** What the sandbox takes of the machine; tests give less. */
export interface SandboxSystem {
  findCommand?: (name: string) => string | null;
  pyodidePlaces?: readonly string[];
}

/** Starts a sandbox. Fails when a protection that `require` names is missing here. */
export async function createSandbox(
  options: SandboxOptions = {},
  { findCommand, pyodidePlaces }: SandboxSystem = {},
): Promise<Sandbox> {
  const seconds = checkPositive("seconds", options.seconds ?? 10);
  const megabytes = checkPositive("megabytes", options.megabytes ?? 512);
  const outputBytes = checkPositive("outputBytes", options.outputBytes ?? 2 ** 20);
  const concurrency = checkPositive("concurrency", options.concurrency ?? availableParallelism());
  const walls = await findWalls(megabytes, findCommand);
  for (const name of options.require ?? []) {
    const protection = walls.protections.find((each) => each.name === name);
    if (protection?.isInForce) continue;
    throw new Error(
      `The sandbox needs the protection ${name}, which is missing here: ${protection?.detail ?? "there is none of that name"}`,
    );
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), "llamero-sandbox-")));
  const place: InterpreterPlace = {
    walls,
    cwd: await mkdtemp(join(folder, "empty-")),
    folder,
    pyodidePlaces: pyodidePlaces ?? [dirname(fileURLToPath(import.meta.url)), process.cwd()],
  };
  const pools: Readonly<Record<SandboxLanguage, Pool>> = {
    javascript: new Pool(interpreters.javascript, place),
    python: new Pool(interpreters.python, place),
  };
  let isClosed = false;
  let numFree = concurrency;
  const waiting: (() => void)[] = [];

  async function runNow(request: RunRequest): Promise<RunResult> {
    const pool = pools[request.language];
    if (pool === undefined) {
      throw new RangeError(`The sandbox runs python and javascript, not ${JSON.stringify(request.language)}`);
    }
    if (typeof request.code !== "string") throw new TypeError("The code for a sandbox must be a string");
    const files = request.files ?? {};
    checkFiles(files);
    const wanted = checkPositive("megabytes", request.megabytes ?? megabytes);
    if (wanted > megabytes) {
      throw new RangeError(
        `A run wants ${wanted} MB, but the sandbox was made for ${megabytes}: raise its megabytes`,
      );
    }
    const limits = {
      seconds: checkPositive("seconds", request.seconds ?? seconds),
      megabytes: wanted,
      outputBytes: checkPositive("outputBytes", request.outputBytes ?? outputBytes),
    };
    request.signal?.throwIfAborted();
    const { code, stdin = "" } = request;
    return await pool.run({ code, stdin, files, ...limits }, request.signal);
  }

  return {
    protections: walls.protections,
    async run(request) {
      if (isClosed) throw new Error("The sandbox is closed");
      if (numFree > 0) numFree--;
      else await new Promise<void>((free) => waiting.push(free));
      try {
        return await runNow(request);
      } finally {
        const next = waiting.shift();
        if (next === undefined) numFree++;
        else next();
      }
    },
    async warm(language) {
      await pools[language].warm();
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all(Object.values(pools).map((pool) => pool.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
