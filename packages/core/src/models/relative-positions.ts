/** How far apart two positions can be told, and how coarsely (DeBERTa, He et al. 2020; v2's log buckets). */
export interface RelativePositions {
  /** 0: no buckets. */
  buckets: number;
  /** Distance from which on all are the same. */
  maxDistance: number;
}

/** Bucket of a distance: itself when near, spaced by logarithms when far. In f32, as the reference rounds. */
export function positionBucket(distance: number, { buckets, maxDistance }: RelativePositions): number {
  if (buckets <= 0) return distance;
  const { fround } = Math;
  const mid = Math.floor(buckets / 2);
  const far = Math.abs(distance);
  if (far <= mid) return distance;
  const logarithm = fround(Math.log(fround(far / mid)));
  const whole = fround(Math.log(fround((maxDistance - 1) / mid)));
  const bucket = Math.ceil(fround(fround(logarithm / whole) * (mid - 1))) + mid;
  return bucket * Math.sign(distance);
}

/** Row of the relative embeddings for each distance from -(length - 1) to length - 1. */
export function relativeRows(length: number, span: number, positions: RelativePositions): Int32Array {
  return Int32Array.from({ length: 2 * length - 1 }, (_, i) => {
    const bucket = positionBucket(i - (length - 1), positions);
    return Math.min(2 * span - 1, Math.max(0, bucket + span));
  });
}
