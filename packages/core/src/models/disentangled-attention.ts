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

/** Shape of the attention of one text. */
export interface AttentionOptions {
  length: number;
  headDim: number;
  /** Row of the relative embeddings for each distance. */
  rows: Int32Array;
  span: number;
  scale: number;
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

/** Queries that are taken together, so that what the keys say of their distances is read in rows. */
const block = 16;

/** Which scores are at hand: queries [from, from + count) of a text with all of its keys, [count, length]. */
export interface ScoreRows {
  from: number;
  count: number;
  length: number;
  /** Row of the relative embeddings for each distance. */
  rows: Int32Array;
  /** Columns of what positions say. */
  width: number;
  scale: number;
}

/** Softmax of each row after adding what the positions say, in place. */
export function addPositions(
  scores: Float32Array,
  {
    contentToPosition: c2p,
    positionToContent: p2c,
  }: Pick<HeadInputs, "contentToPosition" | "positionToContent">,
  { from, count, length, rows, width, scale }: ScoreRows,
): void {
  for (let start = 0; start < count; start += block) {
    const end = Math.min(count, start + block);
    if (p2c !== null) {
      for (let j = 0; j < length; j++) {
        const near = from - j + length - 1;
        for (let i = start; i < end; i++) scores[i * length + j]! += p2c[j * width + rows[near + i]!]!;
      }
    }
    for (let i = start; i < end; i++) {
      const at = i * length;
      const far = from + i + length - 1;
      const said = (from + i) * width;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < length; j++) {
        let score = scores[at + j]!;
        if (c2p !== null) score += c2p[said + rows[far - j]!]!;
        score *= scale;
        scores[at + j] = score;
        if (score > max) max = score;
      }
      let sum = 0;
      for (let j = 0; j < length; j++) {
        const weight = Math.exp(scores[at + j]! - max);
        scores[at + j] = weight;
        sum += weight;
      }
      const share = 1 / sum;
      for (let j = 0; j < length; j++) scores[at + j]! *= share;
    }
  }
}

/** x_TH turned into [H, T]. */
export function transposed(x: Float32Array, width: number): Float32Array {
  const length = x.length / width;
  const result = new Float32Array(x.length);
  for (let i = 0; i < length; i++) for (let h = 0; h < width; h++) result[h * length + i] = x[i * width + h]!;
  return result;
}

/**
 * Disentangled attention of one head (He et al. 2020): softmax((q k + q position keys + k position queries) * scale) v.
 * `rows` has the row of the relative embeddings for each distance. [T, H].
 */
export function disentangledAttention(inputs: HeadInputs, options: AttentionOptions): Float32Array {
  const { length, headDim, rows, span, scale } = options;
  const scores = timesTransposed(inputs.q, inputs.k, length, length, headDim);
  addPositions(scores, inputs, { from: 0, count: length, length, rows, width: 2 * span, scale });
  return timesTransposed(scores, transposed(inputs.v, headDim), length, headDim, length);
}
