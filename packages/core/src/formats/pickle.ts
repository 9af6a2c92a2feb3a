/**
 * A pickle reader for what torch.save writes of tensor dictionaries, and nothing else: it builds plain
 * data, calls only the functions it is given by name, and refuses every other name and opcode.
 * Opcodes: CPython Lib/pickletools.py, protocol 2.
 */

/** Reading failed at a byte of the pickle. */
export class PickleError extends Error {
  override readonly name = "PickleError";
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

export interface PickleTuple {
  kind: "tuple";
  items: PickleValue[];
}
export interface PickleList {
  kind: "list";
  items: PickleValue[];
}
export interface PickleDict {
  kind: "dict";
  entries: Map<PickleValue, PickleValue>;
}
/** A name that the pickle imports, found in `globals`. */
export interface PickleGlobal {
  kind: "global";
  name: string;
}
/** Whatever a global or a persistent id gave. */
export interface PickleObject {
  kind: "object";
  value: unknown;
}
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject;

type Kinded = Extract<PickleValue, { kind: string }>;

/** Narrows a value to one of the kinds that are not scalars. */
export function hasKind<K extends Kinded["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Kinded, { kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

export interface PickleOptions {
  /** Names that may be imported ("module name"); null marks a type that cannot be called. */
  globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | null>;
  /** Resolves a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

const MAX_STACK = 100_000;
const MAX_MEMO = 10_000_000;
const MAX_STRING_BYTES = 65536;

class Machine {
  readonly #bytes: Buffer;
  readonly #options: PickleOptions;
  #at = 0;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo: Map<number, PickleValue> = new Map();

  constructor(bytes: Buffer, options: PickleOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  fail(problem: string): never {
    throw new PickleError(problem, this.#at);
  }

  take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) this.fail("Pickle ends inside an instruction");
    this.#at += length;
    return at;
  }

  u8(): number {
    return this.#bytes[this.take(1)]!;
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.take(4));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.take(8));
  }

  /** LONG1: a signed little-endian integer of any length. */
  long(): number {
    const length = this.u8();
    if (length > 8) this.fail(`Integer of ${length} bytes is too large`);
    const at = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    const number = Number(BigInt.asIntN(8 * length, value));
    return Number.isSafeInteger(number) ? number : this.fail(`Integer ${number} is too large`);
  }

  text(): string {
    const length = this.u32();
    if (length > MAX_STRING_BYTES) this.fail(`String of ${length} bytes is too long`);
    const at = this.take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0 || end - this.#at > 256) this.fail("Name without an end");
    const at = this.take(end + 1 - this.#at);
    return this.#bytes.toString("utf8", at, end);
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK) this.fail(`Stack exceeds ${MAX_STACK} values`);
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) this.fail("Stack is empty");
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= MAX_STACK) this.fail(`Nesting exceeds ${MAX_STACK} marks`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) this.fail("No mark on the stack");
    return this.#stack.splice(mark);
  }

  tuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.pop());
    this.push({ kind: "tuple", items });
  }

  put(index: number): void {
    if (this.#memo.size >= MAX_MEMO) this.fail(`Memo exceeds ${MAX_MEMO} values`);
    this.#memo.set(index, this.top());
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.fail(`Memo has no entry ${index}`);
    this.push(value);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!hasKind(list, "list")) this.fail("Append to something that is not a list");
    for (const item of items) list.items.push(item);
  }

  set(pairs: readonly PickleValue[]): void {
    const dict = this.top();
    if (!hasKind(dict, "dict")) this.fail("Item set on something that is not a dict");
    if (pairs.length % 2 !== 0) this.fail("Key without a value");
    for (let i = 0; i < pairs.length; i += 2) dict.entries.set(pairs[i]!, pairs[i + 1]!);
  }

  global(): void {
    const name = `${this.line()} ${this.line()}`;
    if (!this.#options.globals.has(name)) {
      this.fail(`Refused to import ${JSON.stringify(name.replace(" ", "."))}: not part of a tensor file`);
    }
    this.push({ kind: "global", name });
  }

  reduce(): void {
    const args = this.pop();
    const target = this.pop();
    if (!hasKind(args, "tuple") || !hasKind(target, "global"))
      this.fail("Call of something that is not a function");
    const call = this.#options.globals.get(target.name) ?? null;
    if (call === null) this.fail(`Refused to call ${target.name.replace(" ", ".")}`);
    this.push(call(args.items));
  }

  /** State of an OrderedDict (its `_metadata` attribute), which carries no tensors. */
  build(): void {
    this.pop();
    if (!hasKind(this.top(), "dict")) this.fail("Refused to set the state of an object");
  }

  persistent(): void {
    this.push(this.#options.persistent(this.pop()));
  }

  run(): PickleValue {
    for (;;) {
      const code = this.u8();
      if (code === STOP) return this.pop();
      const step = steps.get(code);
      if (step === undefined) {
        this.#at--;
        this.fail(`Refused pickle opcode 0x${code.toString(16).padStart(2, "0")}: not part of a tensor file`);
      }
      step(this);
    }
  }
}

const STOP = 0x2e;

function checkProtocol(machine: Machine): void {
  const version = machine.u8();
  if (version > 2) machine.fail(`Pickle protocol ${version} is not supported; save with protocol 2`);
}

const steps: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  [0x80, checkProtocol],
  [0x28, (m: Machine) => m.mark()],
  [0x7d, (m: Machine) => m.push({ kind: "dict", entries: new Map() })],
  [0x5d, (m: Machine) => m.push({ kind: "list", items: [] })],
  [0x29, (m: Machine) => m.push({ kind: "tuple", items: [] })],
  [0x74, (m: Machine) => m.push({ kind: "tuple", items: m.popMark() })],
  [0x85, (m: Machine) => m.tuple(1)],
  [0x86, (m: Machine) => m.tuple(2)],
  [0x87, (m: Machine) => m.tuple(3)],
  [0x4e, (m: Machine) => m.push(null)],
  [0x88, (m: Machine) => m.push(true)],
  [0x89, (m: Machine) => m.push(false)],
  [0x4b, (m: Machine) => m.push(m.u8())],
  [0x4d, (m: Machine) => m.push(m.u16())],
  [0x4a, (m: Machine) => m.push(m.i32())],
  [0x8a, (m: Machine) => m.push(m.long())],
  [0x47, (m: Machine) => m.push(m.f64())],
  [0x58, (m: Machine) => m.push(m.text())],
  [0x71, (m: Machine) => m.put(m.u8())],
  [0x72, (m: Machine) => m.put(m.u32())],
  [0x68, (m: Machine) => m.get(m.u8())],
  [0x6a, (m: Machine) => m.get(m.u32())],
  [0x61, (m: Machine) => m.append([m.pop()])],
  [0x65, (m: Machine) => m.append(m.popMark())],
  [0x73, (m: Machine) => setOne(m)],
  [0x75, (m: Machine) => m.set(m.popMark())],
  [0x63, (m: Machine) => m.global()],
  [0x52, (m: Machine) => m.reduce()],
  [0x62, (m: Machine) => m.build()],
  [0x51, (m: Machine) => m.persistent()],
]);

function setOne(machine: Machine): void {
  const value = machine.pop();
  machine.set([machine.pop(), value]);
}

/** Reads one pickle. Throws PickleError for anything but plain data and the given globals. */
export function readPickle(bytes: Buffer, options: PickleOptions): PickleValue {
  return new Machine(bytes, options).run();
}
