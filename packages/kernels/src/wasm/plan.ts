/**
 * The instruction list that workers execute, in the shared memory: WORDS 32-bit words each.
 * Word 0 is the operation, word 1 whether it waits for all before it, word 2 the row dimension; operands follow.
 */
export const WORDS = 16;

/** Row dimension of an instruction: rows of the step, its outputs, or (negative) a fixed number. */
export const DIM = { rows: 0, outputs: 1 } as const;

/** Operands of each operation, in word order from 3 on; `eps` and `scale` are f32 bits. */
export const instructions = {
  angles: ["frequencies", "half", "y"],
  embed: ["form", "weight", "cols", "rowScale", "y"],
  rmsNorm: ["x", "weight", "cols", "eps", "y"],
  quantize: ["x", "cols", "y", "stride"],
  linearFloat: ["form", "weight", "cols", "outputs", "rowScale", "x", "y", "fused"],
  linearInt: ["form", "weight", "cols", "outputs", "groupBytes", "x", "y", "stride"],
  rope: ["x", "heads", "headDim", "adjacent", "angles", "y"],
  writeKv: ["k", "v", "headDim", "isInt8", "base", "kvHeads", "blockStride"],
  attention: ["q", "base", "blockStride", "heads", "kvHeads", "headDim", "scale", "isInt8", "y"],
  siluMul: ["gate", "up", "cols", "y"],
  add: ["a", "b", "cols", "y"],
  loraAdd: ["base", "x", "cols", "outputs", "target", "y"],
  selectRows: ["x", "cols", "y"],
} as const;

export type InstructionName = keyof typeof instructions;
export const instructionNames = Object.keys(instructions) as InstructionName[];

/** Word of each operand, by operation and name. */
export type Operands = {
  [K in InstructionName]: Record<(typeof instructions)[K][number], number>;
};

/**
 * An adapter's table: the number of targets, then for each target the address of A [rank, cols], the address of
 * B [outputs, rank], the rank (0: not a target) and the f32 bits of the scale.
 */
export const ADAPTER_WORDS = 4;

/** Rows of one attention tile; tiles of a step are [row, rows, position, address of the blocks, number of blocks]. */
export const TILE_ROWS = 8;
export const TILE_WORDS = 5;

/** Rows of x that one linear unit covers, at most. */
export const TOKEN_TILE = 64;
