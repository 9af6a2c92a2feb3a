import { FP8_MAX, weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "../formats/checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import type { TensorSource } from "../formats/tensor-source.ts";

/** Largest magnitude that FP8 activations of the release may have; readers that quantise activations use it. */
export const FP8_ACTIVATION_BOUND = 1200;

const CHUNK_ELEMS = 2 ** 22;

/** Rows with their scales: the largest magnitude of a row becomes FP8's largest number. */
function* scaledRows(tensor: TensorInfo): Generator<{ values: Float32Array; scales: Float32Array }, void> {
  const [rows, cols] = tensor.shape as [number, number];
  const step = Math.max(1, Math.floor(CHUNK_ELEMS / cols));
  for (let from = 0; from < rows; from += step) {
    const count = Math.min(step, rows - from);
    const values = readTensorRows(tensor, from, count);
    const scales = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      let peak = 0;
      for (let i = row * cols; i < (row + 1) * cols; i++) peak = Math.max(peak, Math.abs(values[i]!));
      // A row of zeros keeps a scale that divides.
      scales[row] = peak === 0 ? 1 : peak / FP8_MAX;
    }
    yield { values, scales };
  }
}

/**
 * A matrix as the FP8 release stores it: e4m3 weights, weight_scale [rows, 1] of float32, and the bound of the
 * activations, which is not part of the weights.
 */
export function fp8Sources(tensor: TensorInfo): readonly TensorSource[] {
  const [rows, cols] = tensor.shape as [number, number];
  const stem = tensor.name.replace(/\.weight$/, "");
  function* weights(): Generator<Uint8Array> {
    for (const { values, scales } of scaledRows(tensor)) {
      for (let i = 0; i < values.length; i++) values[i]! /= scales[Math.floor(i / cols)]!;
      const bytes = new Uint8Array(values.length);
      weightFormats.f8_e4m3.quantize(values, 0, bytes, 0, values.length);
      yield bytes;
    }
  }
  function* scales(): Generator<Uint8Array> {
    for (const { scales } of scaledRows(tensor)) yield new Uint8Array(scales.buffer);
  }
  const bound = new Uint8Array(Float32Array.of(FP8_ACTIVATION_BOUND).buffer);
  return [
    { name: tensor.name, shape: [rows, cols], format: "f8_e4m3", pieces: weights },
    { name: `${stem}.weight_scale`, shape: [rows, 1], format: "f32", pieces: scales },
    { name: `${stem}.input_scale_ub`, shape: [1], format: "f32", pieces: () => [bound] },
  ];
}
