import type { Dim, Op, OpName, Program, Shape, ValueId } from "../kernels.ts";
import { valuesRead } from "../program.ts";
import { fuse, type Phase } from "./fuse.ts";

/** A program as native/src/executor.cpp reads it. Offsets count units of 64 bytes. */
export interface EncodedProgram {
  code: Int32Array;
  /** Bytes of the arena that values take. */
  valueBytes: number;
  /** Names of the `input` ops, in the order the code numbers them. */
  inputs: readonly { name: string; shape: Shape }[];
  offsets: readonly number[];
  shapes: readonly Shape[];
}

/** Words of each phase; see PhaseKind in native/src/executor.h. */
const kinds = {
  input: 0,
  embed: 1,
  rmsNorm: 2,
  linear: 3,
  rope: 4,
  writeKv: 5,
  attention: 6,
  siluMul: 7,
  add: 8,
  selectRows: 9,
  loraAdd: 10,
} as const satisfies {
  [K in OpName]: number;
};

const floatWord = new Int32Array(1);
function floatBits(value: number): number {
  new Float32Array(floatWord.buffer)[0] = value;
  return floatWord[0]!;
}

function reads(phase: Phase): readonly ValueId[] {
  if (phase.op === "primitive") return valuesRead(phase.primitive);
  return [phase.x, ...phase.products.flatMap((each) => (each.residual === null ? [] : [each.residual]))];
}

function writes(phase: Phase): readonly ValueId[] {
  return phase.op === "primitive" ? [phase.id] : phase.products.map((each) => each.out);
}

/** First-fit offsets (in 64-byte units) so that no two values alive at once overlap; a phase's inputs outlive its outputs' start. */
function placeValues(
  program: Program,
  phases: readonly Phase[],
  units: readonly number[],
  alias: ReadonlyMap<ValueId, ValueId>,
): { offsets: number[]; total: number } {
  const root = (id: ValueId): ValueId => (alias.has(id) ? root(alias.get(id)!) : id);
  const last = new Map<ValueId, number>();
  phases.forEach((phase, at) => {
    for (const id of [...reads(phase), ...writes(phase)]) last.set(root(id), at);
  });
  for (const id of Object.values(program.outputs)) last.set(root(id), phases.length);
  const offsets = new Array<number>(program.ops.length).fill(-1);
  const alive: { id: ValueId; from: number; to: number }[] = [];
  let total = 0;
  phases.forEach((phase, at) => {
    for (const id of writes(phase)) {
      if (root(id) !== id) continue;
      const size = units[id]!;
      let from = 0;
      for (const other of alive) {
        if (from + size <= other.from) break;
        from = Math.max(from, other.to);
      }
      alive.push({ id, from, to: from + size });
      alive.sort((a, b) => a.from - b.from);
      offsets[id] = from;
      total = Math.max(total, from + size);
    }
    for (let i = alive.length - 1; i >= 0; i--) if (last.get(alive[i]!.id)! <= at) alive.splice(i, 1);
  });
  for (const id of offsets.keys()) if (alias.has(id)) offsets[id] = offsets[root(id)]!;
  return { offsets, total };
}

/** Values that may share the storage of their operand: writeKv's value is v; rope and loraAdd of a value nobody else reads work in place. */
function findAliases(program: Program): Map<ValueId, ValueId> {
  const uses = new Map<ValueId, number>();
  for (const op of program.ops) for (const id of valuesRead(op)) uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const id of Object.values(program.outputs)) uses.set(id, (uses.get(id) ?? 0) + 1);
  const alias = new Map<ValueId, ValueId>();
  program.ops.forEach((op, id) => {
    if (op.op === "writeKv") alias.set(id, op.v);
    if (op.op === "rope" && uses.get(op.x) === 1) alias.set(id, op.x);
    if (op.op === "loraAdd" && uses.get(op.base) === 1) alias.set(id, op.base);
  });
  return alias;
}

/** Fuses a program, places its values in one arena and writes the executor's code. `shapes` as `inferShapes` gives them; `targetId` numbers the targets of adapters. */
export function encodeProgram(
  program: Program,
  shapes: readonly Shape[],
  maxRows: number,
  maxOutputs: number,
  targetId: (target: string) => number,
): EncodedProgram {
  const phases = fuse(program);
  const rowsOf = (dim: Dim): number => (dim === "rows" ? maxRows : dim === "outputs" ? maxOutputs : dim);
  const units = shapes.map(([dim, cols]) => Math.ceil((rowsOf(dim) * cols * 4) / 64));
  const alias = findAliases(program);
  const { offsets, total } = placeValues(program, phases, units, alias);
  const at = (id: ValueId): number => offsets[id]!;
  const cols = (id: ValueId): number => shapes[id]![1];
  // The executor's word for a dimension: 0 rows, 1 outputs, -n a fixed number.
  const dim = (id: ValueId): number => {
    const [rows] = shapes[id]!;
    return rows === "rows" ? 0 : rows === "outputs" ? 1 : -rows;
  };
  const inputs: { name: string; shape: Shape }[] = [];
  const code: number[] = [];
  const push = (op: OpName, ...words: number[]): void => {
    code.push(kinds[op], ...words, ...new Array<number>(7 - words.length).fill(0));
  };
  const encode = (id: ValueId, op: Exclude<Op, { op: "linear" }>): void => {
    switch (op.op) {
      case "input":
        push("input", at(id), inputs.push({ name: op.name, shape: op.shape }) - 1);
        return;
      case "embed":
        push("embed", at(id), op.table);
        return;
      case "rmsNorm":
        push("rmsNorm", at(op.x), at(id), op.weight, cols(id), floatBits(op.eps), dim(id));
        return;
      case "rope":
        push(
          "rope",
          at(op.x),
          at(id),
          op.heads,
          op.headDim,
          op.layout === "adjacent" ? 1 : 0,
          op.frequencies,
        );
        return;
      case "writeKv":
        push("writeKv", at(op.k), at(op.v), op.layer);
        return;
      case "attention":
        push("attention", at(op.q), at(id), op.layer, op.heads, op.kvHeads, op.headDim, floatBits(op.scale));
        return;
      case "siluMul":
        push("siluMul", at(op.gate), at(op.up), at(id), cols(id), dim(id));
        return;
      case "add":
        push("add", at(op.a), at(op.b), at(id), cols(id), dim(id));
        return;
      case "loraAdd":
        push("loraAdd", at(op.base), at(op.x), at(id), cols(op.x), cols(id), targetId(op.target));
        return;
      case "selectRows":
        push("selectRows", at(op.x), at(id), cols(id));
        return;
      default:
        op satisfies never;
    }
  };
  for (const phase of phases) {
    if (phase.op === "primitive") {
      encode(phase.id, phase.primitive);
      continue;
    }
    code.push(kinds.linear, at(phase.x), cols(phase.x), dim(phase.x), phase.products.length);
    for (const { weight, out, residual } of phase.products)
      code.push(weight, at(out), cols(out), residual === null ? -1 : at(residual));
  }
  return { code: Int32Array.from(code), valueBytes: total * 64, inputs, offsets, shapes };
}
