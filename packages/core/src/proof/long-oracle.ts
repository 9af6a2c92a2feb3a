import type { Checkpoint } from "../formats/checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import type { LlamaConfig } from "../models/config.ts";
import { llamaProgram } from "../models/llama.ts";

/** In-place radix-2 Fourier transform (Cooley & Tukey 1965); `sign` -1 forward, 1 backward without the division. */
function fourier(
  re: Float64Array,
  im: Float64Array,
  sign: 1 | -1,
  roots: readonly [Float64Array, Float64Array],
): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  const [cos, sin] = roots;
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let k = 0, root = 0; k < half; k++, root += stride) {
        const a = start + k;
        const b = a + half;
        const wr = cos[root]!;
        const wi = sign * sin[root]!;
        const tr = re[b]! * wr - im[b]! * wi;
        const ti = re[b]! * wi + im[b]! * wr;
        re[b] = re[a]! - tr;
        im[b] = im[a]! - ti;
        re[a]! += tr;
        im[a]! += ti;
      }
    }
  }
}

function rootsOf(n: number): readonly [Float64Array, Float64Array] {
  const angle = (k: number): number => (2 * Math.PI * k) / n;
  return [
    Float64Array.from({ length: n / 2 }, (_, k) => Math.cos(angle(k))),
    Float64Array.from({ length: n / 2 }, (_, k) => Math.sin(angle(k))),
  ];
}

interface Layer {
  attentionNorm: Float64Array;
  q: Float64Array;
  k: Float64Array;
  v: Float64Array;
  o: Float64Array;
  mlpNorm: Float64Array;
  gate: Float64Array;
  up: Float64Array;
  down: Float64Array;
}

/** w_NK times x_K. */
function multiply(weights: Float64Array, x: Float64Array): Float64Array {
  const numRows = weights.length / x.length;
  const result = new Float64Array(numRows);
  for (let row = 0, at = 0; row < numRows; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weights[at++]! * x[i]!;
    result[row] = sum;
  }
  return result;
}

function normalize(x: Float64Array, weight: Float64Array, eps: number): Float64Array {
  const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + eps);
  return x.map((value, i) => value * scale * weight[i]!);
}

/**
 * Logits in f64 after some positions of a long prompt, for a model of two layers with rotation by halves, in time
 * that grows as T log T where plain attention takes T squared. In the first layer keys and values depend on the token
 * only, and a score on the two tokens and their distance. So with E_ab(d) = exp(score of tokens a and b at distance d)
 * the softmax sums over all tokens b at once are convolutions of E_ab with the places of b. The second layer is
 * computed plainly, for the rows asked for. Exact but for f64 rounding; the prompt should have few distinct tokens.
 *
 * With `halfKv` keys and values are rounded to half floats, as a KV pool stores them. What rounding does to a key of the
 * first layer depends on its position; it enters each weight as exp(s + e) = exp(s) (1 + e), with one convolution more
 * for each dimension. The neglected e^2 / 2 is checked to be below 5e-5 of the weight
 * at its largest.
 * Tests only.
 */
export function longLogits(
  checkpoint: Checkpoint,
  tokens: Int32Array,
  positions: readonly number[],
  options: { halfKv?: boolean } = {},
): Float64Array[] {
  const { halfKv = false } = options;
  const { config, tensors, ropeLayout } = checkpoint;
  if (config.numHiddenLayers !== 2 || ropeLayout !== "halves") {
    throw new RangeError("The oracle takes two layers with rotation by halves");
  }
  const read = (name: string): Float64Array => {
    const tensor = tensors.get(name)!;
    const rows = tensor.shape.length === 1 ? 1 : tensor.shape[0]!;
    return Float64Array.from(readTensorRows(tensor, 0, rows));
  };
  const layers = [0, 1].map((i): Layer => {
    const part = (name: string): Float64Array => read(`model.layers.${i}.${name}.weight`);
    return {
      attentionNorm: part("input_layernorm"),
      q: part("self_attn.q_proj"),
      k: part("self_attn.k_proj"),
      v: part("self_attn.v_proj"),
      o: part("self_attn.o_proj"),
      mlpNorm: part("post_attention_layernorm"),
      gate: part("mlp.gate_proj"),
      up: part("mlp.up_proj"),
      down: part("mlp.down_proj"),
    };
  });
  const { hiddenSize, rmsNormEps: eps, headDim, numAttentionHeads: heads } = config;
  const embedding = read("model.embed_tokens.weight");
  const embed = (token: number): Float64Array =>
    embedding.slice(token * hiddenSize, (token + 1) * hiddenSize);
  const rope = ropeTables(llamaProgram(config, ropeLayout).frequencies[0]!, tokens.length);

  const attended = firstAttention(layers[0]!, config, embed, tokens, rope, halfKv);
  const width = heads * headDim;
  const hidden = Array.from(tokens, (token, at) =>
    finishLayer(layers[0]!, embed(token), attended.subarray(at * width, (at + 1) * width), eps),
  );
  return secondLayer(layers[1]!, config, hidden, positions, rope, halfKv).map((last) =>
    multiply(read("lm_head.weight"), normalize(last, read("model.norm.weight"), eps)),
  );
}

/** Residual additions, output projection and MLP. */
function finishLayer(layer: Layer, x: Float64Array, attended: Float64Array, eps: number): Float64Array {
  const projected = multiply(layer.o, attended);
  const middle = x.map((value, i) => value + projected[i]!);
  const normalized = normalize(middle, layer.mlpNorm, eps);
  const up = multiply(layer.up, normalized);
  const inner = multiply(layer.gate, normalized).map((gate, i) => (gate / (1 + Math.exp(-gate))) * up[i]!);
  const down = multiply(layer.down, inner);
  return middle.map((value, i) => value + down[i]!);
}

interface RopeTables {
  /** [position][frequency] */
  cos: Float64Array;
  sin: Float64Array;
  numPairs: number;
}

function ropeTables(frequencies: readonly number[], length: number): RopeTables {
  const numPairs = frequencies.length;
  const cos = new Float64Array(length * numPairs);
  const sin = new Float64Array(length * numPairs);
  for (let at = 0; at < cos.length; at++) {
    const angle = Math.floor(at / numPairs) * frequencies[at % numPairs]!;
    cos[at] = Math.cos(angle);
    sin[at] = Math.sin(angle);
  }
  return { cos, sin, numPairs };
}

/** Nearest half float, ties to even. */
function roundToHalf(x: number): number {
  if (x === 0) return 0;
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10);
  const scaled = x / step;
  const rounded = Math.round(scaled);
  return (rounded - scaled === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded) * step;
}

/** Rotates a vector of heads by halves for a position, in place. */
function rotate(x: Float64Array, position: number, { cos, sin, numPairs }: RopeTables): Float64Array {
  for (let start = 0; start < x.length; start += 2 * numPairs) {
    for (let p = 0; p < numPairs; p++) {
      const c = cos[position * numPairs + p]!;
      const s = sin[position * numPairs + p]!;
      const first = x[start + p]!;
      const second = x[start + p + numPairs]!;
      x[start + p] = first * c - second * s;
      x[start + p + numPairs] = first * s + second * c;
    }
  }
  return x;
}

interface Spectrum {
  re: Float64Array;
  im: Float64Array;
}

/** Attention output of the first layer for every position: [T][heads * headDim]. */
function firstAttention(
  layer: Layer,
  config: LlamaConfig,
  embed: (token: number) => Float64Array,
  tokens: Int32Array,
  rope: RopeTables,
  halfKv: boolean,
): Float64Array {
  const { cos, sin, numPairs } = rope;
  const { headDim, numAttentionHeads: heads, numKeyValueHeads: kvHeads, rmsNormEps: eps } = config;
  const group = heads / kvHeads;
  const scale = 1 / Math.sqrt(headDim);
  const length = tokens.length;
  const distinct = [...new Set(tokens)];
  const stored = halfKv ? roundToHalf : (x: number): number => x;
  const projections = distinct.map((token) => {
    const x = normalize(embed(token), layer.attentionNorm, eps);
    return { q: multiply(layer.q, x), k: multiply(layer.k, x), v: multiply(layer.v, x).map(stored) };
  });
  const size = 2 ** Math.ceil(Math.log2(2 * length));
  const roots = rootsOf(size);
  const width = heads * headDim;
  /** Attention of each position and head to all places of each token together, not normalised. */
  const weights = new Float64Array(length * heads * distinct.length);
  const placesOf = distinct.map((token) => [...tokens.keys()].filter((at) => tokens[at] === token));
  /** Rotated queries of a token, at the places of the token: [place][headDim]. */
  const queries = distinct.map((_, a) =>
    Array.from({ length: halfKv ? heads : 0 }, (__, head) => queriesOf(a, head)),
  );
  function queriesOf(a: number, head: number): Float64Array {
    const result = new Float64Array(placesOf[a]!.length * headDim);
    for (const [i, at] of placesOf[a]!.entries()) {
      result.set(
        rotate(projections[a]!.q.slice(head * headDim, (head + 1) * headDim), at, rope),
        i * headDim,
      );
    }
    return result;
  }
  /** exp(score) of a head at each distance. */
  const writeExponentials = (target: Float64Array, a: number, b: number, head: number): void => {
    const q = projections[a]!.q.subarray(head * headDim, (head + 1) * headDim);
    const kvHead = Math.floor(head / group);
    const k = projections[b]!.k.subarray(kvHead * headDim, (kvHead + 1) * headDim);
    const pairs = Array.from({ length: numPairs }, (_, p) => p);
    const even = pairs.map((p) => q[p]! * k[p]! + q[p + numPairs]! * k[p + numPairs]!);
    const odd = pairs.map((p) => q[p]! * k[p + numPairs]! - q[p + numPairs]! * k[p]!);
    target.fill(0, length);
    for (let distance = 0, at = 0; distance < length; distance++) {
      let score = 0;
      for (let p = 0; p < numPairs; p++, at++) score += even[p]! * cos[at]! + odd[p]! * sin[at]!;
      target[distance] = Math.exp(score * scale);
    }
  };
  const spectrumOf = (values: (re: Float64Array, im: Float64Array) => void): Spectrum => {
    const re = new Float64Array(size);
    const im = new Float64Array(size);
    values(re, im);
    fourier(re, im, -1, roots);
    return { re, im };
  };
  const product = { re: new Float64Array(size), im: new Float64Array(size) };
  const convolve = (x: Spectrum, y: Spectrum): Spectrum => {
    for (let i = 0; i < size; i++) {
      product.re[i] = (x.re[i]! * y.re[i]! - x.im[i]! * y.im[i]!) / size;
      product.im[i] = (x.re[i]! * y.im[i]! + x.im[i]! * y.re[i]!) / size;
    }
    fourier(product.re, product.im, 1, roots);
    return product;
  };

  for (const [b, { k }] of projections.entries()) {
    const places = spectrumOf((re) => {
      for (const at of placesOf[b]!) re[at] = 1;
    });
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const from = kvHead * headDim;
      const squaredErrors = new Float64Array(length);
      /** What rounding adds to the keys of b, by dimension. */
      const errors = Array.from({ length: halfKv ? headDim : 0 }, (_, i) =>
        spectrumOf((re) => {
          for (const at of placesOf[b]!) {
            const key = rotate(k.slice(from, from + headDim), at, rope)[i]!;
            re[at] = roundToHalf(key) - key;
            squaredErrors[at]! += re[at]! ** 2;
          }
        }),
      );
      for (let a = 0; a < distinct.length; a++) {
        // Two heads at a time, one as the imaginary part: what they are convolved with is real.
        for (let head = kvHead * group; head < (kvHead + 1) * group; head += 2) {
          const isPair = head + 1 < (kvHead + 1) * group;
          const exponentials = spectrumOf((re, im) => {
            writeExponentials(re, a, b, head);
            if (isPair) writeExponentials(im, a, b, head + 1);
          });
          const add = (parts: Spectrum, factor: (part: number, place: number) => number): void => {
            for (let part = 0; part < (isPair ? 2 : 1); part++) {
              const values = part === 0 ? parts.re : parts.im;
              const mine = placesOf[a]!;
              for (let place = 0; place < mine.length; place++) {
                const at = mine[place]!;
                weights[(at * heads + head + part) * distinct.length + b]! +=
                  values[at]! * factor(part, place);
              }
            }
          };
          add(convolve(exponentials, places), () => 1);
          if (!halfKv) continue;
          const pair = projections[a]!.q.subarray(head * headDim, (head + (isPair ? 2 : 1)) * headDim);
          const squaredNorm = pair.reduce((sum, value) => sum + value ** 2, 0);
          const largest = squaredErrors.reduce((x, y) => Math.max(x, y), 0);
          if ((scale ** 2 * squaredNorm * largest) / 2 > 5e-5) {
            throw new RangeError("Rounding of the keys is too coarse for one term");
          }
          for (const [i, error] of errors.entries()) {
            const parts = convolve(exponentials, error);
            add(parts, (part, place) => scale * queries[a]![head + part]![place * headDim + i]!);
          }
        }
      }
    }
  }
  const result = new Float64Array(length * width);
  for (let at = 0; at < length * heads; at++) {
    const from = Math.floor((at % heads) / group) * headDim;
    let total = 0;
    for (const [b, { v }] of projections.entries()) {
      const weight = weights[at * distinct.length + b]!;
      total += weight;
      for (let i = 0; i < headDim; i++) result[at * headDim + i]! += weight * v[from + i]!;
    }
    for (let i = 0; i < headDim; i++) result[at * headDim + i]! /= total;
  }
  return result;
}

/** Hidden states after the second layer at the positions. */
function secondLayer(
  layer: Layer,
  config: LlamaConfig,
  hidden: readonly Float64Array[],
  positions: readonly number[],
  rope: RopeTables,
  halfKv: boolean,
): Float64Array[] {
  const { headDim, numAttentionHeads: heads, numKeyValueHeads: kvHeads, rmsNormEps: eps } = config;
  const group = heads / kvHeads;
  const scale = 1 / Math.sqrt(headDim);
  const stored = halfKv ? roundToHalf : (x: number): number => x;
  const normalized = hidden.map((x) => normalize(x, layer.attentionNorm, eps));
  const keys = normalized.map((x, at) => rotate(multiply(layer.k, x), at, rope).map(stored));
  const values = normalized.map((x) => multiply(layer.v, x).map(stored));
  return positions.map((position) => {
    const q = rotate(multiply(layer.q, normalized[position]!), position, rope);
    const attended = new Float64Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const from = Math.floor(head / group) * headDim;
      const scores = keys.slice(0, position + 1).map((key) => {
        let sum = 0;
        for (let i = 0; i < headDim; i++) sum += q[head * headDim + i]! * key[from + i]!;
        return sum * scale;
      });
      const max = scores.reduce((a, b) => Math.max(a, b));
      let total = 0;
      scores.forEach((score, at) => {
        const weight = Math.exp(score - max);
        total += weight;
        for (let i = 0; i < headDim; i++) attended[head * headDim + i]! += weight * values[at]![from + i]!;
      });
      for (let i = 0; i < headDim; i++) attended[head * headDim + i]! /= total;
    }
    return finishLayer(layer, hidden[position]!, attended, eps);
  });
}
