import { type AdapterHandle, KV_BLOCK, type Step } from "../kernels.ts";
import type { Arena } from "./arena.ts";
import { CONTROL } from "./control.ts";
import { TILE_ROWS, TILE_WORDS } from "./plan.ts";

/** The step's tables in the shared memory: one entry per row, attention tiles, and the KV blocks of the sequences. */
export class StepTables {
  readonly #arena: Arena;
  readonly #maxRows: number;
  readonly #rowTables: number;
  #blocks: number;
  #blockWords: number;

  constructor(arena: Arena, maxRows: number, maxOutputs: number, kvBlocks: number) {
    this.#arena = arena;
    this.#maxRows = maxRows;
    const words = maxRows * (4 + TILE_WORDS) + maxOutputs;
    this.#rowTables = arena.allocate(words * 4, "Step tables");
    this.#blockWords = Math.max(16, kvBlocks);
    this.#blocks = arena.allocate(this.#blockWords * 4, "Step tables");
  }

  /** Stores the step and points the control words at it. `adapterAt` gives the addresses of adapters. */
  write({ tokens, sequences, outputRows }: Step, adapterAt: (handle: AdapterHandle) => number): void {
    const total = sequences.reduce((sum, { blocks }) => sum + blocks.length, 0);
    if (total > this.#blockWords) {
      this.#arena.release(this.#blocks);
      this.#blockWords = total;
      this.#blocks = this.#arena.allocate(total * 4, "Step tables");
    }
    const rows = this.#maxRows;
    const base = this.#rowTables;
    const [positionsAt, slotsAt, tilesAt] = [base + rows * 4, base + rows * 8, base + rows * 12];
    const adaptersAt = tilesAt + rows * TILE_WORDS * 4;
    const outputsAt = adaptersAt + rows * 4;
    this.#arena.i32(base, rows).set(tokens);
    this.#arena.i32(outputsAt, outputRows.length).set(outputRows);
    const positions = this.#arena.i32(positionsAt, rows);
    const slots = this.#arena.i32(slotsAt, rows);
    const tiles = this.#arena.i32(tilesAt, rows * TILE_WORDS);
    const adapters = this.#arena.i32(adaptersAt, rows);
    let numTiles = 0;
    let blocksAt = this.#blocks;
    for (const { rowStart, rowCount, position, blocks, adapter } of sequences) {
      adapters.fill(adapter === undefined ? 0 : adapterAt(adapter), rowStart, rowStart + rowCount);
      this.#arena.i32(blocksAt, blocks.length).set(blocks);
      for (let i = 0; i < rowCount; i++) {
        const token = position + i;
        positions[rowStart + i] = token;
        slots[rowStart + i] = (blocks[Math.floor(token / KV_BLOCK)] ?? 0) * KV_BLOCK + (token % KV_BLOCK);
      }
      for (let i = 0; i < rowCount; i += TILE_ROWS) {
        const count = Math.min(TILE_ROWS, rowCount - i);
        const numBlocks = Math.ceil((position + i + count) / KV_BLOCK);
        tiles.set([rowStart + i, count, position + i, blocksAt, numBlocks], numTiles * TILE_WORDS);
        numTiles++;
      }
      blocksAt += blocks.length * 4;
    }
    const control = this.#arena.i32(0, 64);
    control[CONTROL.rows] = tokens.length;
    control[CONTROL.outputs] = outputRows.length;
    control[CONTROL.tokens] = base;
    control[CONTROL.positions] = positionsAt;
    control[CONTROL.slots] = slotsAt;
    control[CONTROL.outputRows] = outputsAt;
    control[CONTROL.tiles] = tilesAt;
    control[CONTROL.adapters] = adaptersAt;
    control[CONTROL.numTiles] = numTiles;
  }

  release(): void {
    this.#arena.release(this.#rowTables);
    this.#arena.release(this.#blocks);
  }
}
