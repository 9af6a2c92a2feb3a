/** What a user may set about sampling; every field has a default (`defaultSampling`). Names are the field's. */
export interface SamplingParams {
  /** 0 is greedy. */
  temperature: number;
  /** 0 is off. */
  topK: number;
  /** 1 is off. */
  topP: number;
  /** 0 is off. */
  minP: number;
  /** 1 is off (Keskar et al. 2019). */
  repetitionPenalty: number;
  frequencyPenalty: number;
  presencePenalty: number;
  /** Added to the logit of a token id. */
  logitBias: Readonly<Record<number, number>>;
  /** Any 32-bit unsigned integer; null draws one. */
  seed: number | null;
}

export const defaultSampling: SamplingParams = {
  temperature: 0.6,
  topK: 0,
  topP: 0.9,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  logitBias: {},
  seed: null,
};

/** Fills what the user left out; a field given as undefined counts as left out. */
export function completeSampling(params: Partial<SamplingParams> = {}): SamplingParams {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return { ...defaultSampling, ...Object.fromEntries(given) };
}
