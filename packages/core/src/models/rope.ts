import type { LlamaConfig, RopeScaling } from "./config.ts";

/** Wavelength bands of the Llama 3.1 scaling, in tokens; llama-models `apply_scaling`. */
function scaleLlama3(frequency: number, scaling: RopeScaling & { ropeType: "llama3" }): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalMaxPositionEmbeddings / highFreqFactor) return frequency;
  if (wavelength > originalMaxPositionEmbeddings / lowFreqFactor) return frequency / factor;
  const blend =
    (originalMaxPositionEmbeddings / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - blend) * frequency) / factor + blend * frequency;
}

function scale(frequency: number, index: number, scaling: RopeScaling | null): number {
  if (scaling === null) return frequency;
  switch (scaling.ropeType) {
    case "llama3":
      return scaleLlama3(frequency, scaling);
    case "linear":
      return frequency / scaling.factor;
    case "divisors":
      return frequency / scaling.divisors[index]!;
    default:
      return scaling satisfies never;
  }
}

/** Inverse frequencies [headDim / 2] of the rotary embedding, computed in f64 and rounded to f32. */
export function inverseFrequencies(
  config: Pick<LlamaConfig, "headDim" | "ropeTheta" | "ropeScaling">,
): number[] {
  const { headDim, ropeTheta, ropeScaling } = config;
  const count = headDim / 2;
  if (ropeScaling?.ropeType === "divisors" && ropeScaling.divisors.length !== count) {
    throw new RangeError(
      `RoPE has ${ropeScaling.divisors.length} frequency divisors, but a head of ${headDim} needs ${count}`,
    );
  }
  return Array.from({ length: count }, (_, index) =>
    Math.fround(scale(ropeTheta ** ((-2 * index) / headDim), index, ropeScaling)),
  );
}
