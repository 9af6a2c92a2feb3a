import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { PickleOptions } from "./pickle.ts";
import { readPickle } from "./pickle.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { temporaryFolder } from "./test-model.ts";
import { readTorchArchive } from "./torch-archive.ts";
import { makeZip, PickleWriter, pickleTensors, torchMembers, writeTorchArchive } from "./torch-fixture.ts";

const options: PickleOptions = {
  globals: new Map([
    ["collections OrderedDict", () => ({ kind: "dict" as const, entries: new Map() })],
    ["torch FloatStorage", null],
  ]),
  persistent: (id) => id,
};

function read(build: (writer: PickleWriter) => PickleWriter): unknown {
  return readPickle(build(new PickleWriter().raw(0x80, 2)).finish(), options);
}

test("readPickle reads the plain values of protocol 2", () => {
  const value = read((w) =>
    w
      .raw("(", "N", 0x88, 0x89, "K", 200, "M", 1, 2, "J", 255, 255, 255, 255)
      .raw(0x8a, 2, 0, 128, 0x8a, 0, "G", 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)
      .raw("X", 2, 0, 0, 0, 0xc3, 0xa9, "t", "."),
  );
  const items = [null, true, false, 200, 513, -1, -32768, 0, 1.5, "é"];
  assert.deepEqual(value, { kind: "tuple", items });
});

test("readPickle reads dictionaries, lists, memo references and OrderedDict with state", () => {
  const value = read((w) =>
    w
      .raw("c", "collections\nOrderedDict\n", ")", "R", "q", 0)
      .raw("X", 1, 0, 0, 0, "a", "]", "q", 1, "(", "K", 1, "K", 2, "e", "s")
      .raw("(", "X", 1, 0, 0, 0, "b", "h", 1, "u", "}", "b", "."),
  );
  const list = { kind: "list", items: [1, 2] };
  const entries = new Map([
    ["a", list],
    ["b", list],
  ]);
  assert.deepEqual(value, { kind: "dict", entries });
});

const attacks: { name: string; build: (w: PickleWriter) => PickleWriter; message: RegExp }[] = [
  {
    name: "os.system",
    build: (w) => w.raw("c", "os\nsystem\n", "X", 2, 0, 0, 0, "id", 0x85, "R", "."),
    message: /Refused to import "os.system"/,
  },
  {
    name: "builtins.eval",
    build: (w) => w.raw("c", "builtins\neval\n", ")", "R", "."),
    message: /Refused to import "builtins.eval"/,
  },
  {
    name: "a prototype name",
    build: (w) => w.raw("c", "constructor\n__proto__\n", ")", "R", "."),
    message: /Refused to import "constructor.__proto__"/,
  },
  {
    name: "an import by STACK_GLOBAL",
    build: (w) => w.raw("X", 2, 0, 0, 0, "os", "X", 6, 0, 0, 0, "system", 0x93, "."),
    message: /Refused pickle opcode 0x93/,
  },
  { name: "INST", build: (w) => w.raw("(", "i", "os\nsystem\n", "."), message: /Refused pickle opcode 0x69/ },
  {
    name: "NEWOBJ",
    build: (w) => w.raw("c", "collections\nOrderedDict\n", ")", 0x81, "."),
    message: /opcode 0x81/,
  },
  { name: "EXT1", build: (w) => w.raw(0x82, 1, "."), message: /Refused pickle opcode 0x82/ },
  {
    name: "a later protocol",
    build: (w) => w.raw(0x80, 4, "."),
    message: /Pickle protocol 4 is not supported/,
  },
  {
    name: "a call of a storage type",
    build: (w) => w.raw("c", "torch\nFloatStorage\n", ")", "R", "."),
    message: /Refused to call torch.FloatStorage/,
  },
  { name: "a call of a number", build: (w) => w.raw("K", 1, ")", "R", "."), message: /Call of something/ },
  {
    name: "state set on a tuple",
    build: (w) => w.raw(")", "}", "b", "."),
    message: /Refused to set the state/,
  },
  { name: "a missing memo entry", build: (w) => w.raw("h", 9, "."), message: /Memo has no entry 9/ },
  { name: "an empty stack", build: (w) => w.raw("s", "."), message: /Stack is empty/ },
  {
    name: "values taken across a mark",
    build: (w) => w.raw("K", 1, "(", 0x85, "."),
    message: /Stack is empty/,
  },
  { name: "a missing mark", build: (w) => w.raw("u", "."), message: /No mark on the stack/ },
  {
    name: "a key without a value",
    build: (w) => w.raw("}", "(", "K", 1, "u", "."),
    message: /Key without a value/,
  },
  {
    name: "a huge string",
    build: (w) => w.raw("X", 255, 255, 255, 127),
    message: /String of 2147483647 bytes/,
  },
  { name: "a huge integer", build: (w) => w.raw(0x8a, 255), message: /Integer of 255 bytes/ },
  { name: "an endless name", build: (w) => w.raw("c", "a".repeat(1000)), message: /Name without an end/ },
  { name: "no end", build: (w) => w.raw("K"), message: /Pickle ends inside an instruction/ },
  {
    name: "too many values",
    build: (w) => w.raw("N".repeat(100_001)),
    message: /Stack exceeds 100000 values/,
  },
  {
    name: "too many marks",
    build: (w) => w.raw("(".repeat(100_001)),
    message: /Nesting exceeds 100000 marks/,
  },
];

for (const { name, build, message } of attacks) {
  test(`readPickle refuses ${name}`, () => {
    assert.throws(() => read(build), { name: "PickleError", message });
  });
}

const weights = Float32Array.of(1, -2, 3, 4, 5, 6);
const bytes = new Uint8Array(weights.buffer);

for (const zip64 of [true, false]) {
  test(`readTorchArchive reads tensors of a ${zip64 ? "zip64" : "zip"} archive in place`, (t) => {
    const path = join(temporaryFolder(t), "x.pth");
    const half = Uint8Array.of(0, 0x3c, 0, 0xc0);
    const tensors = [
      { name: "a.weight", shape: [2, 3], format: "f32", bytes },
      { name: "b", shape: [2], format: "f16", bytes: half },
      { name: "c", shape: [1, 2], format: "bf16", bytes: Uint8Array.of(0x80, 0x3f, 0, 0xc0) },
    ] as const;
    writeTorchArchive(path, tensors, { zip64 });
    const archive = readTorchArchive(path);
    assert.deepEqual([...archive.tensors.keys()], ["a.weight", "b", "c"]);
    assert.deepEqual(readTensorRows(archive.tensors.get("a.weight")!, 0, 2), weights);
    assert.deepEqual(readTensorRows(archive.tensors.get("b")!, 0, 1), Float32Array.of(1, -2));
    assert.deepEqual(readTensorRows(archive.tensors.get("c")!, 0, 1), Float32Array.of(1, -2));
  });
}

test("readTorchArchive says where it refused a pickle", (t) => {
  const path = join(temporaryFolder(t), "x.pth");
  const evil = new PickleWriter().raw(0x80, 2, "c", "os\nsystem\n", ".").finish();
  writeFileSync(path, makeZip(torchMembers(evil, []), { zip64: true }));
  assert.throws(() => readTorchArchive(path), {
    name: "FormatError",
    message: /x\.pth: Refused to import "os.system".* \(byte 7\d\)$/,
  });
});

test("readTorchArchive survives deep nesting without recursion", (t) => {
  const path = join(temporaryFolder(t), "x.pth");
  const deep = new PickleWriter().raw(0x80, 2, "N", "\x85".repeat(1_000_000), ".").finish();
  writeFileSync(path, makeZip(torchMembers(deep, []), { zip64: true }));
  assert.throws(() => readTorchArchive(path), {
    name: "FormatError",
    message: /Not a dictionary of tensors/,
  });
});

test("readTorchArchive refuses tensors beyond their storage, strided views and compressed members", (t) => {
  const path = join(temporaryFolder(t), "x.pth");
  writeTorchArchive(path, [{ name: "a", shape: [3, 3], format: "f32", bytes }]);
  assert.throws(() => readTorchArchive(path), /Tensor of size \[3,3\] exceeds its storage/);
  const pickle = pickleTensors([{ name: "a", shape: [2, 3], format: "f32", bytes }]);
  writeFileSync(path, makeZip(torchMembers(pickle, [bytes.subarray(4)]), { zip64: true }));
  assert.throws(() => readTorchArchive(path), /Storage "0" of 6 elements is not in the archive \(tensor a\)/);
  // The stride tuple (3, 1) becomes (1, 2).
  const strided = Buffer.from(pickle);
  const at = strided.indexOf(Buffer.of(0x4b, 3, 0x4b, 1, 0x86));
  strided[at + 1] = 1;
  strided[at + 3] = 2;
  writeFileSync(path, makeZip(torchMembers(strided, [bytes]), { zip64: true }));
  assert.throws(() => readTorchArchive(path), /stride \[1,2\] is not row-major/);
  const archive = makeZip(torchMembers(pickle, [bytes]), { zip64: true });
  archive[archive.indexOf("PK\u0001\u0002", 0, "latin1") + 10] = 8;
  writeFileSync(path, archive);
  assert.throws(() => readTorchArchive(path), /archive\/data.pkl is compressed/);
});
