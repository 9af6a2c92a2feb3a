import { uniform } from "@llamero/kernels";

/**
 * `count` numbers of a normal distribution with mean 0, a pure function of seed and stream, the same on every machine
 * (Box & Muller 1958 on counter-based uniform numbers).
 */
export function normals(seed: number, stream: number, count: number, std: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - uniform(seed, stream, i)));
    const angle = 2 * Math.PI * uniform(seed, stream, i + 1);
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** `count` numbers between -bound and bound, a pure function of seed and stream. */
export function uniforms(seed: number, stream: number, count: number, bound: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (2 * uniform(seed, stream, i) - 1) * bound;
  return values;
}
