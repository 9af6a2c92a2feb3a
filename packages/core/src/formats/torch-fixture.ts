/** Writes files as torch.save does (zip64, stored, pickle protocol 2), byte by byte. Tests only. */
import { writeFileSync } from "node:fs";

const storageNames = { bf16: "BFloat16Storage", f16: "HalfStorage", f32: "FloatStorage" } as const;
const elementBytes = { bf16: 2, f16: 2, f32: 4 } as const;

export interface TorchTensor {
  name: string;
  shape: readonly number[];
  format: keyof typeof storageNames;
  bytes: Uint8Array;
}

/** Pickle opcodes as bytes, with the memo numbering of CPython's pickler. */
export class PickleWriter {
  readonly #parts: Buffer[] = [];
  #memoSize = 0;
  readonly #globals: Map<string, number> = new Map();

  raw(...bytes: (number | string)[]): this {
    for (const part of bytes) {
      this.#parts.push(typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.of(part));
    }
    return this;
  }

  memoize(): number {
    const index = this.#memoSize++;
    if (index < 256) return this.raw("q", index).#memoSize - 1;
    const wide = Buffer.alloc(5, "r");
    wide.writeUInt32LE(index, 1);
    this.#parts.push(wide);
    return index;
  }

  int(value: number): this {
    if (value < 256) return this.raw("K", value);
    if (value < 65536) return this.raw("M", value & 255, value >> 8);
    const wide = Buffer.alloc(5, "J");
    wide.writeInt32LE(value, 1);
    this.#parts.push(wide);
    return this;
  }

  text(value: string): this {
    const head = Buffer.alloc(5, "X");
    head.writeUInt32LE(Buffer.byteLength(value), 1);
    this.#parts.push(head, Buffer.from(value));
    this.memoize();
    return this;
  }

  global(module: string, name: string): this {
    const key = `${module}\n${name}\n`;
    const known = this.#globals.get(key);
    if (known !== undefined && known < 256) return this.raw("h", known);
    this.raw("c", key);
    this.#globals.set(key, this.memoize());
    return this;
  }

  counts(values: readonly number[]): this {
    if (values.length > 3) this.raw("(");
    for (const value of values) this.int(value);
    this.raw(values.length > 3 ? "t" : 0x84 + values.length);
    this.memoize();
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** data.pkl of a dictionary of tensors; storages are numbered in order. */
export function pickleTensors(tensors: readonly TorchTensor[]): Buffer {
  const writer = new PickleWriter().raw(0x80, 2, "}");
  writer.memoize();
  writer.raw("(");
  for (const [i, { name, shape, format, bytes }] of tensors.entries()) {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
    writer.text(name).global("torch._utils", "_rebuild_tensor_v2").raw("(", "(").text("storage");
    writer.global("torch", storageNames[format]).text(String(i)).text("cpu");
    writer.int(bytes.length / elementBytes[format]).raw("t");
    writer.memoize();
    writer.raw("Q").int(0).counts(shape).counts(strides).raw(0x89);
    writer.global("collections", "OrderedDict").raw(")", "R");
    writer.memoize();
    writer.raw("t");
    writer.memoize();
    writer.raw("R");
    writer.memoize();
  }
  return writer.raw("u", ".").finish();
}

export interface ZipMember {
  name: string;
  bytes: Uint8Array;
}

/** A stored archive; sizes and offsets are in zip64 extra fields when `zip64` is set. */
export function makeZip(members: readonly ZipMember[], options: { zip64: boolean }): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of members) {
    // torch pads the extra field so that data starts on a multiple of 64.
    const padding = (64 - ((offset + 30 + name.length + 4) % 64)) % 64;
    const local = Buffer.alloc(30 + name.length + 4 + padding);
    local.write("PK\u0003\u0004", "latin1");
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(bytes.length, 22);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4 + padding, 28);
    local.write(name, 30);
    local.write("FB", 30 + name.length);
    local.writeUInt16LE(padding, 32 + name.length);
    const extra = Buffer.alloc(options.zip64 ? 28 : 0);
    if (options.zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(bytes.length), 4);
      extra.writeBigUInt64LE(BigInt(bytes.length), 12);
      extra.writeBigUInt64LE(BigInt(offset), 20);
    }
    const central = Buffer.alloc(46 + name.length);
    central.write("PK\u0001\u0002", "latin1");
    central.writeUInt32LE(options.zip64 ? 0xffffffff : bytes.length, 20);
    central.writeUInt32LE(options.zip64 ? 0xffffffff : bytes.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(options.zip64 ? 0xffffffff : offset, 42);
    central.write(name, 46);
    directory.push(central, extra);
    files.push(local, Buffer.from(bytes));
    offset += local.length + bytes.length;
  }
  const central = Buffer.concat(directory);
  const end64 = Buffer.alloc(options.zip64 ? 76 : 0);
  if (options.zip64) {
    end64.write("PK\u0006\u0006", "latin1");
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(BigInt(members.length), 24);
    end64.writeBigUInt64LE(BigInt(members.length), 32);
    end64.writeBigUInt64LE(BigInt(central.length), 40);
    end64.writeBigUInt64LE(BigInt(offset), 48);
    end64.write("PK\u0006\u0007", 56, "latin1");
    end64.writeBigUInt64LE(BigInt(offset + central.length), 64);
    end64.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(options.zip64 ? 0xffff : members.length, 8);
  end.writeUInt16LE(options.zip64 ? 0xffff : members.length, 10);
  end.writeUInt32LE(options.zip64 ? 0xffffffff : central.length, 12);
  end.writeUInt32LE(options.zip64 ? 0xffffffff : offset, 16);
  return Buffer.concat([...files, central, end64, end]);
}

/** The members of a torch archive around a data.pkl. */
export function torchMembers(pickle: Uint8Array, storages: readonly Uint8Array[]): ZipMember[] {
  return [
    { name: "archive/data.pkl", bytes: pickle },
    { name: "archive/byteorder", bytes: Buffer.from("little") },
    ...storages.map((bytes, i) => ({ name: `archive/data/${i}`, bytes })),
    { name: "archive/version", bytes: Buffer.from("3\n") },
  ];
}

export function writeTorchArchive(
  path: string,
  tensors: readonly TorchTensor[],
  options = { zip64: true },
): void {
  const members = torchMembers(
    pickleTensors(tensors),
    tensors.map(({ bytes }) => bytes),
  );
  writeFileSync(path, makeZip(members, options));
}
