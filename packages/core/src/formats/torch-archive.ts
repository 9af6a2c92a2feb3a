import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";
import { FormatError } from "./format-error.ts";
import type { PickleValue } from "./pickle.ts";
import { hasKind, PickleError, readPickle } from "./pickle.ts";
import type { ZipEntry } from "./zip.ts";
import { readZip } from "./zip.ts";

const MAX_PICKLE_BYTES = 2 ** 26;

const storages: ReadonlyMap<string, WeightFormat> = new Map([
  ["torch BFloat16Storage", "bf16"],
  ["torch HalfStorage", "f16"],
  ["torch FloatStorage", "f32"],
]);

/** A persistent id: a typed run of bytes of the archive. */
class Storage {
  readonly format: WeightFormat;
  readonly key: string;
  readonly count: number;

  constructor(format: WeightFormat, key: string, count: number) {
    this.format = format;
    this.key = key;
    this.count = count;
  }
}

/** A view of a storage, before it has a name. */
class Tensor {
  readonly storage: Storage;
  readonly start: number;
  readonly shape: readonly number[];

  constructor(storage: Storage, start: number, shape: readonly number[]) {
    this.storage = storage;
    this.start = start;
    this.shape = shape;
  }
}

function refuse(problem: string): never {
  throw new PickleError(problem, 0);
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function sizes(value: PickleValue | undefined): number[] {
  const items = hasKind(value, "tuple") ? value.items : [];
  if (items.length < 1 || items.length > 4 || !items.every(isCount)) {
    return refuse("Tensor sizes are not one to four counts");
  }
  return items;
}

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks). */
function rebuildTensor(args: readonly PickleValue[]): PickleValue {
  const [storage, start] = args;
  if (!hasKind(storage, "object") || !(storage.value instanceof Storage)) {
    return refuse("Tensor without a storage");
  }
  if (!isCount(start)) return refuse("Tensor offset is not a count");
  const shape = sizes(args[2]);
  const strides = sizes(args[3]);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) {
      return refuse(`Tensor of size [${shape}] and stride [${strides}] is not row-major; save it contiguous`);
    }
    stride *= shape[axis]!;
  }
  if (start + stride > storage.value.count) return refuse(`Tensor of size [${shape}] exceeds its storage`);
  return { kind: "object", value: new Tensor(storage.value, start, shape) };
}

function orderedDict(args: readonly PickleValue[]): PickleValue {
  return args.length === 0 ? { kind: "dict", entries: new Map() } : refuse("OrderedDict with arguments");
}

function resolveStorage(id: PickleValue): PickleValue {
  const items = hasKind(id, "tuple") ? id.items : [];
  const [tag, type, key, , count] = items;
  const format = hasKind(type, "global") ? storages.get(type.name) : undefined;
  if (tag !== "storage" || format === undefined || typeof key !== "string" || !isCount(count)) {
    return refuse("Persistent id is not a tensor storage");
  }
  return { kind: "object", value: new Storage(format, key, count) };
}

const globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | null> = new Map([
  ["torch._utils _rebuild_tensor_v2", rebuildTensor],
  ["collections OrderedDict", orderedDict],
  ...[...storages.keys()].map((name) => [name, null] as const),
]);

function locate(
  tensor: Tensor,
  name: string,
  path: string,
  prefix: string,
  zip: Map<string, ZipEntry>,
): TensorInfo {
  const { storage, shape, start } = tensor;
  const entry = zip.get(`${prefix}data/${storage.key}`);
  const { blockBytes } = weightFormats[storage.format];
  if (entry === undefined || storage.count * blockBytes > entry.sizeBytes) {
    const problem = `Storage ${JSON.stringify(storage.key)} of ${storage.count} elements is not in the archive`;
    throw new FormatError(problem, { file: path, tensor: name });
  }
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = {
    kind: "file",
    path,
    offset: entry.offset + start * blockBytes,
    sizeBytes: count * blockBytes,
  } as const;
  return { name, shape, format: storage.format, data };
}

/** Tensors of a file that torch.save wrote of a state dict, under their own names. Executes nothing. */
export function readTorchArchive(path: string): {
  sizeBytes: number;
  tensors: ReadonlyMap<string, TensorInfo>;
} {
  using file = new FileBytes(path);
  const zip = readZip(file);
  const pickleName = [...zip.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickleName === undefined)
    throw new FormatError("Archive has no data.pkl; not a torch file", { file: path });
  const prefix = pickleName.slice(0, -"data.pkl".length);
  const order = zip.get(`${prefix}byteorder`);
  if (
    order !== undefined &&
    file.read(order.offset, Math.min(order.sizeBytes, 16), "the byte order").toString() !== "little"
  ) {
    throw new FormatError("Archive is not little-endian", { file: path });
  }
  const pickle = zip.get(pickleName)!;
  if (pickle.sizeBytes > MAX_PICKLE_BYTES) {
    throw new FormatError(`data.pkl of ${pickle.sizeBytes} bytes is too large`, { file: path });
  }
  const tensors = new Map<string, TensorInfo>();
  try {
    const bytes = file.read(pickle.offset, pickle.sizeBytes, "data.pkl");
    const root = readPickle(bytes, { globals, persistent: resolveStorage });
    if (!hasKind(root, "dict")) return refuse("Not a dictionary of tensors");
    for (const [name, value] of root.entries) {
      if (typeof name !== "string" || !hasKind(value, "object") || !(value.value instanceof Tensor))
        return refuse("Dictionary holds something that is not a named tensor");
      tensors.set(name, locate(value.value, name, path, prefix, zip));
    }
  } catch (cause) {
    if (!(cause instanceof PickleError)) throw cause;
    throw new FormatError(cause.message, { file: path, offset: pickle.offset + cause.offset }, { cause });
  }
  return { sizeBytes: file.sizeBytes, tensors };
}
