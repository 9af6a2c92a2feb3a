import { type Checkpoint, openCheckpoint, type StoredTensor, type TensorInfo } from "@llamero/core";

/**
 * The model with `layers` layers, of which the new ones stand evenly between the old: each is a copy of the layer
 * below whose outputs (`o_proj`, `down_proj`) are zero, so that the grown model computes what the small one did
 * and learns on from there (block expansion, LLaMA Pro, arXiv 2401.02415, section 3.1). Throws RangeError for fewer
 * layers than there are, or for more than twice as many.
 */
export function growModel(path: string, layers: number): Checkpoint {
  const small = openCheckpoint(path);
  const { numHiddenLayers: before } = small.config;
  const added = layers - before;
  if (!Number.isInteger(layers) || added < 1 || added > before)
    throw new RangeError(
      `${path} has ${before} layers and cannot grow to ${layers}; ask for ${before + 1} to ${2 * before}`,
    );
  const tensors = new Map<string, TensorInfo>();
  let layer = 0;
  for (let old = 0; old < before; old++) {
    copyLayer(small, old, layer++, tensors);
    const due = Math.floor(((old + 1) * added) / before) - Math.floor((old * added) / before);
    if (due > 0) copyLayer(small, old, layer++, tensors, { isSilent: true });
  }
  for (const tensor of small.tensors.values())
    if (!tensor.name.startsWith("model.layers.")) tensors.set(tensor.name, tensor);
  let sizeBytes = 0;
  for (const { shape } of tensors.values()) sizeBytes += 4 * size(shape);
  const config = { ...small.config, numHiddenLayers: layers };
  return { ...small, path: "memory", name: `${small.name}-grown`, config, tensors, sizeBytes };
}

function copyLayer(
  small: Checkpoint,
  from: number,
  to: number,
  tensors: Map<string, TensorInfo>,
  { isSilent = false }: { isSilent?: boolean } = {},
): void {
  const prefix = `model.layers.${from}.`;
  for (const tensor of small.tensors.values()) {
    if (!tensor.name.startsWith(prefix)) continue;
    const rest = tensor.name.slice(prefix.length);
    const name = `model.layers.${to}.${rest}`;
    const isOutput = rest === "self_attn.o_proj.weight" || rest === "mlp.down_proj.weight";
    tensors.set(name, isSilent && isOutput ? zeros(name, tensor.shape) : { ...tensor, name });
  }
}

const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

function zeros(name: string, shape: readonly number[]): TensorInfo {
  return {
    name,
    shape,
    format: "f32",
    get data(): StoredTensor {
      return { kind: "bytes", bytes: new Uint8Array(4 * size(shape)) };
    },
  };
}
