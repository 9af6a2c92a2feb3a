import type { Backend, Executable, KvHandle, Mode, Program, WeightHandle } from "@llamero/kernels";

/** A form of the model's program: with adapters, and with logits or only the hidden state. */
export interface ProgramVariant {
  lora: boolean;
  head: boolean;
}

/** What the variants of a model share. */
export interface VariantOptions {
  backend: Backend;
  /** The plain program, with logits. */
  program: Program;
  weights: readonly WeightHandle[];
  /** The other forms; absent: the model has neither adapters nor embeddings. */
  programOf?: (variant: ProgramVariant) => Program;
  kv: KvHandle;
  mode: Mode;
  limits: { maxRows: number; maxOutputs: number };
}

/** Rows of a variant's steps. Hidden states are small and wanted of whole chunks; logits are neither. */
export function variantLimits(
  { maxRows, maxOutputs }: VariantOptions["limits"],
  head: boolean,
): VariantOptions["limits"] {
  return { maxRows, maxOutputs: head ? maxOutputs : maxRows };
}

const keyOf = ({ lora, head }: ProgramVariant): string =>
  `${lora ? "lora" : "plain"} ${head ? "logits" : "hidden"}`;

/** Executables over one set of weights and one KV pool; all but the plain one are compiled when a step needs them. */
export class ProgramVariants {
  readonly #options: VariantOptions;
  readonly #weights: ReadonlyMap<string, WeightHandle>;
  readonly #compiled = new Map<string, Executable>();

  constructor(options: VariantOptions) {
    this.#options = options;
    this.#weights = new Map(options.program.weights.map(({ name }, slot) => [name, options.weights[slot]!]));
    this.get({ lora: false, head: true });
  }

  /** Bytes of the arenas of all that are compiled. */
  get scratchBytes(): number {
    return [...this.#compiled.values()].reduce((sum, { scratchBytes }) => sum + scratchBytes, 0);
  }

  get(variant: ProgramVariant): Executable {
    const key = keyOf(variant);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const { backend, kv, mode, limits } = this.#options;
    const program = this.#programOf(variant);
    const executable = backend.compile(program, {
      weights: program.weights.map(({ name }) => this.#weights.get(name)!),
      kv,
      ...variantLimits(limits, variant.head),
      mode,
    });
    this.#compiled.set(key, executable);
    return executable;
  }

  #programOf(variant: ProgramVariant): Program {
    const { program, programOf } = this.#options;
    if (variant.head && !variant.lora) return program;
    if (programOf === undefined) throw new TypeError(`This model has no program with ${keyOf(variant)}`);
    return programOf(variant);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const executable of this.#compiled.values()) await executable[Symbol.asyncDispose]();
    this.#compiled.clear();
  }
}
