import { CONTROL } from "./control.ts";
import type { KernelExports } from "./exports.ts";
import { GROUP_ROWS } from "./forms.ts";
import { loraAddRow } from "./lora-add.ts";
import { type InstructionName, instructionNames, TILE_WORDS, TOKEN_TILE, WORDS } from "./plan.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** One thread's view of the run in progress. */
interface Run {
  kernels: KernelExports;
  memory: WasmMemory;
  i32: Int32Array;
  rows: number;
  /** Word index of the instruction's first operand. */
  at: number;
  /** Address of this thread's scratch. */
  scratch: number;
  /** Rows of the instruction. */
  count: number;
}

interface Operation {
  /** Independent units of work that threads may claim. */
  units(run: Run): number;
  /** Multiply-adds of a unit, roughly; decides how many are claimed at once. */
  unitWork(run: Run): number;
  /** Does units [from, to); a generator may pause between parts. */
  execute(run: Run, from: number, to: number): undefined | Generator<void, undefined>;
}

/** Work claimed at once: some 30 us, so that threads even out and a cancelled run stops soon. */
const CLAIM_WORK = 1 << 18;
/** Work between two pauses inside one unit: a few milliseconds. */
const PAUSE_WORK = 1 << 23;

/** An operation of one unit per row. */
function perRow(unitWork: (run: Run) => number, row: (run: Run, index: number) => void): Operation {
  return {
    units: (run) => run.count,
    unitWork,
    execute(run, from, to) {
      for (let index = from; index < to; index++) row(run, index);
    },
  };
}

const operand = (run: Run, index: number): number => run.i32[run.at + index]!;

/** The float whose bits are an operand. */
function floatOperand(run: Run, index: number): number {
  bits[0] = operand(run, index);
  return floats[0]!;
}
const bits = new Int32Array(1);
const floats = new Float32Array(bits.buffer);

const tableWord = (run: Run, table: number, index: number): number =>
  run.i32[(run.i32[table]! >>> 2) + index]!;

function angles(run: Run, row: number): void {
  const half = operand(run, 1);
  const position = tableWord(run, CONTROL.positions, row);
  const frequencies = new Float64Array(run.memory.buffer, operand(run, 0) >>> 0, half);
  const y = new Float32Array(run.memory.buffer, (operand(run, 2) + row * half * 8) >>> 0, half * 2);
  for (let i = 0; i < half; i++) {
    const angle = position * frequencies[i]!;
    y[i] = Math.cos(angle);
    y[half + i] = Math.sin(angle);
  }
}

function writeKv(run: Run, row: number): void {
  const headDim = operand(run, 2);
  const isInt8 = operand(run, 3);
  const base = operand(run, 4);
  const kvHeads = operand(run, 5);
  const blockStride = operand(run, 6);
  const headBytes = run.kernels.kvHeadBytes(headDim, isInt8);
  const slot = tableWord(run, CONTROL.slots, row);
  let block = base + (slot >>> 5) * blockStride;
  let offset = row * kvHeads * headDim * 4;
  for (let head = 0; head < kvHeads; head++, block += headBytes, offset += headDim * 4) {
    run.kernels.writeKv(
      operand(run, 0) + offset,
      operand(run, 1) + offset,
      headDim,
      isInt8,
      block,
      slot & 31,
    );
  }
}

const linearTiles = (run: Run): number => Math.ceil(run.count / TOKEN_TILE);
const linearUnits = (run: Run): number => Math.ceil(operand(run, 3) / GROUP_ROWS) * linearTiles(run);
const linearWork = (run: Run): number => operand(run, 2) * GROUP_ROWS * Math.min(run.count, TOKEN_TILE);

const attention: Operation = {
  units: (run) => run.i32[CONTROL.numTiles]! * operand(run, 4),
  unitWork: () => CLAIM_WORK,
  *execute(run, from, to) {
    const { kernels, scratch } = run;
    const q = operand(run, 0);
    const base = operand(run, 1);
    const blockStride = operand(run, 2);
    const heads = operand(run, 3);
    const kvHeads = operand(run, 4);
    const headDim = operand(run, 5);
    const scale = floatOperand(run, 6);
    const isInt8 = operand(run, 7);
    const y = operand(run, 8);
    const group = heads / kvHeads;
    const stride = heads * headDim * 4;
    const headBytes = kernels.kvHeadBytes(headDim, isInt8);
    for (let unit = from; unit < to; unit++) {
      const kvHead = unit % kvHeads;
      const tile = Math.floor(unit / kvHeads) * TILE_WORDS;
      const row = tableWord(run, CONTROL.tiles, tile);
      const rows = tableWord(run, CONTROL.tiles, tile + 1);
      const position = tableWord(run, CONTROL.tiles, tile + 2);
      const blocks = tableWord(run, CONTROL.tiles, tile + 3);
      const numBlocks = tableWord(run, CONTROL.tiles, tile + 4);
      const offset = row * stride + kvHead * group * headDim * 4;
      const keys = base + kvHead * headBytes;
      const step = Math.max(1, Math.floor(PAUSE_WORK / (64 * headDim * group * rows)));
      kernels.attentionStart(headDim, rows, group, scratch);
      for (let block = 0; block < numBlocks; block += step) {
        if (block > 0) yield;
        const end = Math.min(numBlocks, block + step);
        kernels.attentionBlocks(
          ...([keys, blockStride, blocks, block, end, q + offset, stride, rows, position] as const),
          ...([group, headDim, scale, isInt8, scratch] as const),
        );
      }
      kernels.attentionFinish(y + offset, stride, rows, group, headDim, scratch);
    }
    return undefined;
  },
};

const operations: { readonly [K in InstructionName]: Operation } = {
  angles: perRow((run) => operand(run, 1) * 64, angles),
  embed: perRow(
    (run) => operand(run, 2) * 16,
    (run, row) => {
      const cols = operand(run, 2);
      const token = tableWord(run, CONTROL.tokens, row);
      run.kernels.embedRow(
        ...([operand(run, 0), operand(run, 1), cols, token, operand(run, 3), run.scratch] as const),
        operand(run, 4) + row * cols * 4,
      );
    },
  ),
  rmsNorm: perRow(
    (run) => operand(run, 2),
    (run, row) => {
      const cols = operand(run, 2);
      const offset = row * cols * 4;
      run.kernels.rmsNorm(
        operand(run, 0) + offset,
        operand(run, 1),
        cols,
        floatOperand(run, 3),
        operand(run, 4) + offset,
      );
    },
  ),
  quantize: perRow(
    (run) => operand(run, 1),
    (run, row) => {
      const cols = operand(run, 1);
      run.kernels.quantizeRow(
        operand(run, 0) + row * cols * 4,
        cols,
        operand(run, 2) + row * operand(run, 3),
      );
    },
  ),
  linearFloat: {
    units: linearUnits,
    unitWork: (run) => 2 * linearWork(run),
    execute(run, from, to) {
      const form = operand(run, 0);
      const weight = operand(run, 1);
      const cols = operand(run, 2);
      const outputs = operand(run, 3);
      const rowScale = operand(run, 4);
      const x = operand(run, 5);
      const y = operand(run, 6);
      const fused = operand(run, 7);
      const tiles = linearTiles(run);
      for (let unit = from; unit < to; unit++) {
        const group = Math.floor(unit / tiles);
        const token = (unit % tiles) * TOKEN_TILE;
        const tokens = Math.min(TOKEN_TILE, run.count - token);
        const rows = Math.min(GROUP_ROWS, outputs - group * GROUP_ROWS);
        run.kernels.linearFloat(
          ...([form, weight, cols, group, rows, rowScale, x + token * cols * 4, tokens] as const),
          ...([y + token * outputs * 4, outputs, fused, run.scratch] as const),
        );
      }
    },
  },
  linearInt: {
    units: linearUnits,
    unitWork: linearWork,
    execute(run, from, to) {
      const form = operand(run, 0);
      const weight = operand(run, 1);
      const cols = operand(run, 2);
      const outputs = operand(run, 3);
      const groupBytes = operand(run, 4);
      const x = operand(run, 5);
      const y = operand(run, 6);
      const stride = operand(run, 7);
      const tiles = linearTiles(run);
      for (let unit = from; unit < to; unit++) {
        const group = Math.floor(unit / tiles);
        const token = (unit % tiles) * TOKEN_TILE;
        const tokens = Math.min(TOKEN_TILE, run.count - token);
        const rows = Math.min(GROUP_ROWS, outputs - group * GROUP_ROWS);
        run.kernels.linearInt(
          ...([form, weight + group * groupBytes, cols, rows, x + token * stride, tokens] as const),
          ...([y + (token * outputs + group * GROUP_ROWS) * 4, outputs, run.scratch] as const),
        );
      }
    },
  },
  rope: perRow(
    (run) => operand(run, 1) * operand(run, 2),
    (run, row) => {
      const heads = operand(run, 1);
      const headDim = operand(run, 2);
      const offset = row * heads * headDim * 4;
      run.kernels.rope(
        ...([operand(run, 0) + offset, heads, headDim, operand(run, 3)] as const),
        operand(run, 4) + row * headDim * 4,
        operand(run, 5) + offset,
      );
    },
  ),
  writeKv: perRow((run) => operand(run, 5) * operand(run, 2) * 8, writeKv),
  attention,
  siluMul: perRow(
    (run) => operand(run, 2) * 4,
    (run, row) => {
      const cols = operand(run, 2);
      const offset = row * cols * 4;
      run.kernels.siluMul(operand(run, 0) + offset, operand(run, 1) + offset, cols, operand(run, 3) + offset);
    },
  ),
  add: perRow(
    (run) => operand(run, 2),
    (run, row) => {
      const cols = operand(run, 2);
      const offset = row * cols * 4;
      run.kernels.add(operand(run, 0) + offset, operand(run, 1) + offset, cols, operand(run, 3) + offset);
    },
  ),
  loraAdd: perRow(
    (run) => (operand(run, 2) + operand(run, 3)) * 64,
    (run, row) => {
      const cols = operand(run, 2);
      const outputs = operand(run, 3);
      loraAddRow(run.memory.buffer, {
        base: operand(run, 0) + row * outputs * 4,
        x: operand(run, 1) + row * cols * 4,
        y: operand(run, 5) + row * outputs * 4,
        cols,
        outputs,
        target: operand(run, 4),
        adapter: tableWord(run, CONTROL.adapters, row),
      });
    },
  ),
  selectRows: perRow(
    (run) => operand(run, 1),
    (run, index) => {
      const words = operand(run, 1);
      const from = (operand(run, 0) >>> 2) + tableWord(run, CONTROL.outputRows, index) * words;
      run.i32.copyWithin((operand(run, 2) >>> 2) + index * words, from, from + words);
    },
  ),
};

const operationList: readonly Operation[] = instructionNames.map((name) => operations[name]);

/** Looks at a counter before the thread sleeps: some 10 us. */
const SPINS = 4000;

/** Waits until `units` units of an instruction are done, by whichever threads; returns early when the run is cancelled. */
function waitFor(i32: Int32Array, counter: number, units: number): void {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(i32, counter) >= units) return;
  for (;;) {
    const progress = Atomics.load(i32, CONTROL.progress);
    if (Atomics.load(i32, counter) >= units || Atomics.load(i32, CONTROL.cancel) !== 0) return;
    Atomics.wait(i32, CONTROL.progress, progress, 10);
  }
}

/**
 * Executes this thread's share of the plan that the control words name. Threads wait for units of work, not for
 * each other, so one that the system does not schedule holds nobody up. Pauses (yields) at least every few
 * milliseconds of work; the caller stops there when the run is cancelled.
 */
export function* executePlan(
  kernels: KernelExports,
  memory: WasmMemory,
  thread: number,
  threads: number,
): Generator<void, undefined> {
  const i32 = new Int32Array(memory.buffer);
  const dims = [i32[CONTROL.rows]!, i32[CONTROL.outputs]!];
  const plan = i32[CONTROL.plan]! >>> 2;
  const length = i32[CONTROL.planLength]!;
  const claimed = i32[CONTROL.counters]! >>> 2;
  const done = claimed + length;
  const unitsOf = new Int32Array(length);
  let settled = 0;
  const settle = (end: number): void => {
    for (; settled < end; settled++) waitFor(i32, done + settled, unitsOf[settled]!);
  };
  const scratch = i32[CONTROL.scratch]! + thread * i32[CONTROL.scratchBytes]!;
  const run: Run = { kernels, memory, i32, rows: dims[0]!, at: 0, scratch, count: 0 };
  for (let index = 0; index < length; index++) {
    const word = plan + index * WORDS;
    if (i32[word + 1] !== 0) settle(index);
    const operation = operationList[i32[word]!]!;
    const dim = i32[word + 2]!;
    run.at = word + 3;
    run.count = dim < 0 ? -dim : dims[dim]!;
    const units = operation.units(run);
    unitsOf[index] = units;
    const share = Math.ceil(units / (threads * 4));
    const claim = Math.max(1, Math.min(share, Math.floor(CLAIM_WORK / operation.unitWork(run))));
    for (;;) {
      const from = Atomics.add(i32, claimed + index, claim);
      if (from >= units) break;
      const to = Math.min(units, from + claim);
      const parts = operation.execute(run, from, to);
      if (parts !== undefined) yield* parts;
      if (Atomics.add(i32, done + index, to - from) + to - from === units && threads > 1) {
        Atomics.add(i32, CONTROL.progress, 1);
        Atomics.notify(i32, CONTROL.progress);
      }
      yield;
    }
  }
  settle(length);
  return undefined;
}
