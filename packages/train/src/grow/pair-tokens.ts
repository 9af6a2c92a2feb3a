import {
  type Checkpoint,
  openCheckpoint,
  readTensorRows,
  type StoredTensor,
  type TensorInfo,
} from "@llamero/core";

const embeddings = "model.embed_tokens.weight";

/** What each pair of a space and the same letters without one has in common, and how far apart the two stand. */
export interface PairedTokens {
  model: Checkpoint;
  pairs: number;
}

/**
 * The model whose tokens with and without a space before the same letters (" Coral" and "Coral") share their
 * embedding but for one direction, the same for all pairs. A small model that copies " Coral" from a sentence into
 * `"Coral"` of a call has to learn each such pair from examples; paired, it learns one direction.
 *
 * `vocabulary` is text to id in the byte-level form, where `Ġ` is a space. Embeddings must be tied: the same rows are
 * compared with the output. Throws RangeError where they are not, or where no pair is found.
 */
export function pairTokens(path: string, vocabulary: ReadonlyMap<string, number>): PairedTokens {
  const model = openCheckpoint(path);
  const tensor = model.tensors.get(embeddings);
  if (tensor === undefined || !model.config.tieWordEmbeddings)
    throw new RangeError(
      `${path} has no tied ${embeddings}; tokens are paired in models with tied embeddings`,
    );
  const [rows, width] = tensor.shape as [number, number];
  const values = readTensorRows(tensor, 0, rows);
  const pairs = [...vocabulary].flatMap(([text, spaced]): [number, number][] => {
    const bare = vocabulary.get(text.slice(1));
    return /^Ġ[^Ġ\P{L}]+$/u.test(text) && bare !== undefined ? [[bare, spaced]] : [];
  });
  if (pairs.length === 0)
    throw new RangeError(`${path} has no tokens with and without a space before the same letters`);
  const row = (id: number): Float32Array => values.subarray(id * width, (id + 1) * width);
  const apart = new Float64Array(width);
  for (const [bare, spaced] of pairs)
    for (let i = 0; i < width; i++) apart[i]! += (row(bare)[i]! - row(spaced)[i]!) / pairs.length;
  for (const [bare, spaced] of pairs) {
    const [a, b] = [row(bare), row(spaced)];
    for (let i = 0; i < width; i++) {
      const middle = (a[i]! + b[i]!) / 2;
      a[i] = middle + apart[i]!;
      b[i] = middle - apart[i]!;
    }
  }
  const paired: TensorInfo = {
    name: embeddings,
    shape: tensor.shape,
    format: "f32",
    get data(): StoredTensor {
      return { kind: "bytes", bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
    },
  };
  const tensors = new Map(model.tensors).set(embeddings, paired);
  return { model: { ...model, path: "memory", name: `${model.name}-paired`, tensors }, pairs: pairs.length };
}
