import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { maskedCrc32c } from "./crc32c.ts";
import type { RunEvent } from "./run-event.ts";

/**
 * Writes the curves of a run as TensorBoard event files: TFRecord frames (length, its checksum, data, its checksum) of
 * `Event` messages (tensorflow/core/util/event.proto) with scalar summaries.
 */
export class TensorBoardWriter implements Disposable {
  readonly #file: number;
  /** Wall-clock seconds of the run's start. */
  readonly #startedAt = Date.now() / 1000;
  #seconds = 0;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const stamp = String(Math.floor(this.#startedAt)).padStart(10, "0");
    this.#file = openSync(join(folder, `events.out.tfevents.${stamp}.llamero`), "w");
    this.#write(eventMessage(this.#startedAt, 0, textField(3, "brain.Event:2")));
  }

  /** The scalars of an event; others have none. */
  add(event: RunEvent): void {
    const scalars = scalarsOf(event);
    if (scalars.length === 0) return;
    if (event.event === "step") this.#seconds = event.seconds;
    const values = scalars.map(([tag, value]) =>
      bytesField(1, Buffer.concat([textField(1, tag), floatField(2, value)])),
    );
    const summary = bytesField(5, Buffer.concat(values));
    this.#write(eventMessage(this.#startedAt + this.#seconds, event.step, summary));
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #write(message: Buffer): void {
    const head = Buffer.alloc(12);
    head.writeBigUInt64LE(BigInt(message.length));
    head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
    const foot = Buffer.alloc(4);
    foot.writeUInt32LE(maskedCrc32c(message));
    writeSync(this.#file, Buffer.concat([head, message, foot]));
  }
}

function scalarsOf(event: RunEvent): [string, number][] {
  if (event.event === "eval")
    return Object.entries(event.values).map(([name, value]) => [`eval/${name}`, value]);
  if (event.event !== "step") return [];
  const { loss, learningRate, gradientNorm, tokensPerSecond, tokens, more = {} } = event;
  const own = { loss, learningRate, gradientNorm, tokensPerSecond, tokens, ...more };
  return Object.entries(own).map(([name, value]) => [`train/${name}`, value]);
}

/** Protocol-buffer wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const key = (field: number, wire: number): number => (field << 3) | wire;

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([key(field, BYTES), ...varint(bytes.length)]), bytes]);
}

const textField = (field: number, text: string): Buffer => bytesField(field, Buffer.from(text));

function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = key(field, FIXED32);
  bytes.writeFloatLE(value, 1);
  return bytes;
}

/** wall_time = 1, step = 2, then one of file_version = 3 or summary = 5. */
function eventMessage(seconds: number, step: number, what: Buffer): Buffer {
  const time = Buffer.alloc(9);
  time[0] = key(1, FIXED64);
  time.writeDoubleLE(seconds, 1);
  return Buffer.concat([time, Buffer.from([key(2, VARINT), ...varint(step)]), what]);
}
