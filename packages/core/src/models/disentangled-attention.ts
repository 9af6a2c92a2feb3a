/** What one text's attention is computed from; each matrix has the text's rows of one head only. */
export interface HeadInputs {
  /** [T, H] each. */
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  /** Queries times the keys of relative positions, and keys times their queries: [T, 2 * span], null where off. */
  contentToPosition: Float32Array | null;
  positionToContent: Float32Array | null;
}

/** a_TH times b_UH transposed: [T, U]. Four columns at a time, so that each value of `a` is read once for them. */
function timesTransposed(
  a: Float32Array,
  b: Float32Array,
  rows: number,
  cols: number,
  width: number,
): Float32Array {
  const result = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const at = i * width;
    let j = 0;
    for (; j + 4 <= cols; j += 4) {
      const b0 = j * width;
      const b1 = b0 + width;
      const b2 = b1 + width;
      const b3 = b2 + width;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let h = 0; h < width; h++) {
        const x = a[at + h]!;
        s0 += x * b[b0 + h]!;
        s1 += x * b[b1 + h]!;
        s2 += x * b[b2 + h]!;
        s3 += x * b[b3 + h]!;
      }
      const to = i * cols + j;
      result[to] = s0;
      result[to + 1] = s1;
      result[to + 2] = s2;
      result[to + 3] = s3;
    }
    for (; j < cols; j++) {
      let sum = 0;
      for (let h = 0; h < width; h++) sum += a[at + h]! * b[j * width + h]!;
      result[i * cols + j] = sum;
    }
  }
  return result;
}

/** Softmax of each row after adding what the positions say, in place. */
function addPositions(
  scores: Float32Array,
  inputs: HeadInputs,
  { length, rows, width, scale }: { length: number; rows: Int32Array; width: number; scale: number },
): void {
  const { contentToPosition: c2p, positionToContent: p2c } = inputs;
  for (let i = 0; i < length; i++) {
    const from = i * length;
    let max = -Infinity;
    for (let j = 0; j < length; j++) {
      const row = rows[i - j + length - 1]!;
      let score = scores[from + j]!;
      if (c2p !== null) score += c2p[i * width + row]!;
      if (p2c !== null) score += p2c[j * width + row]!;
      score *= scale;
      scores[from + j] = score;
      if (score > max) max = score;
    }
    let sum = 0;
    for (let j = 0; j < length; j++) {
      const weight = Math.exp(scores[from + j]! - max);
      scores[from + j] = weight;
      sum += weight;
    }
    for (let j = 0; j < length; j++) scores[from + j]! /= sum;
  }
}

/**
 * Disentangled attention of one head (He et al. 2020): softmax((q k + q position keys + k position queries) * scale) v.
 * `rows` has the row of the relative embeddings for each distance. [T, H].
 */
export function disentangledAttention(
  inputs: HeadInputs,
  options: { length: number; headDim: number; rows: Int32Array; span: number; scale: number },
): Float32Array {
  const { length, headDim, rows, span, scale } = options;
  const scores = timesTransposed(inputs.q, inputs.k, length, length, headDim);
  addPositions(scores, inputs, { length, rows, width: 2 * span, scale });
  const columns = new Float32Array(headDim * length);
  for (let j = 0; j < length; j++)
    for (let h = 0; h < headDim; h++) columns[h * length + j] = inputs.v[j * headDim + h]!;
  return timesTransposed(scores, columns, length, headDim, length);
}
