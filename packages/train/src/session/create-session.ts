import { llamaProgram } from "@llamero/core";
import type { Degradation, TrainBackend, TrainBatch, TrainExecutable, TrainProgram } from "@llamero/kernels";
import { differentiate } from "../autograd/differentiate.ts";
import { SCORE_WEIGHT, trainingForward } from "../autograd/training-forward.ts";
import { chooseTrainBackend } from "./choose-backend.ts";
import { isAdapterParam, type StoredParam, storeParams } from "./param-store.ts";
import type { ModelParams, OptimizerOptions, SessionOptions, SessionState, TrainSession } from "./session.ts";

/** A session in this process, which says where it runs worse than it could. */
export interface LocalSession extends TrainSession {
  readonly degradations: readonly Degradation[];
}

/** The program that a session of these options runs. */
export function sessionProgram(
  options: Omit<SessionOptions, "optimizer" | "maxRows" | "maxOutputs">,
): TrainProgram {
  const { model, head, lora, trainable } = options;
  const program = llamaProgram(model.config, model.ropeLayout);
  /** With an adapter, it and a head drawn anew are trained; the model is not. */
  const isTrained = (name: string): boolean =>
    trainable && (lora === undefined || isAdapterParam(name) || name === SCORE_WEIGHT);
  const forward = trainingForward(program, {
    head,
    trainable: isTrained,
    ...(lora === undefined ? {} : { lora }),
  });
  return trainable ? differentiate(forward) : forward;
}

/** A parameter that is trained, with all its memory. */
interface TrainedParam {
  name: string;
  value: Float32Array;
  gradient: Float32Array;
  first: Float32Array;
  second: Float32Array;
  decays: boolean;
}

function trainedParams(params: readonly StoredParam[]): TrainedParam[] {
  return params.flatMap(({ param: { name }, value, gradient, moments, decays }) =>
    gradient === null || moments === null ? [] : [{ name, value, gradient, ...moments, decays }],
  );
}

const count = (params: readonly { value: Float32Array }[]): number =>
  params.reduce((sum, { value }) => sum + value.length, 0);

interface SessionParts {
  backend: TrainBackend;
  /** Whether the session closes the backend. */
  ownsBackend: boolean;
  degradations: readonly Degradation[];
}

class ModelSession implements LocalSession {
  readonly backend: string;
  readonly degradations: readonly Degradation[];
  readonly trainableCount: number;
  readonly parameterCount: number;
  readonly #backend: TrainBackend;
  readonly #ownsBackend: boolean;
  readonly #executable: TrainExecutable;
  readonly #output: "rowLoss" | "score";
  readonly #model: ModelParams;
  readonly #params: readonly StoredParam[];
  readonly #trained: readonly TrainedParam[];
  readonly #optimizer: OptimizerOptions;
  #step = 0;

  constructor(options: SessionOptions, { backend, ownsBackend, degradations }: SessionParts) {
    const { model, seed, maxRows, maxOutputs, head, optimizer, products = "f32" } = options;
    const program = sessionProgram(options);
    this.#params = storeParams(program, model, seed);
    this.#trained = trainedParams(this.#params);
    this.#executable = backend.compile(program, { params: this.#params, maxRows, maxOutputs, products });
    this.#backend = backend;
    this.#ownsBackend = ownsBackend;
    this.#output = head === "score" ? "score" : "rowLoss";
    this.#model = model;
    this.#optimizer = optimizer;
    this.backend = backend.name;
    this.degradations = degradations;
    this.parameterCount = count(this.#params);
    this.trainableCount = count(this.#trained);
  }

  get step(): number {
    return this.#step;
  }

  async forward(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    await this.#executable.forward(batch, signal);
    return this.#executable.read(this.#output);
  }

  async backward(seeds: Float32Array, signal?: AbortSignal): Promise<void> {
    this.#assertTrainable("backward");
    await this.#executable.backward({ [this.#output]: seeds }, signal);
  }

  scaleGradient(name: string, factor: number): void {
    const gradient = this.#trained.find((param) => param.name === name)?.gradient;
    if (gradient !== undefined) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
  }

  gradientNorm(): number {
    this.#assertTrainable("gradientNorm");
    let sum = 0;
    for (const { gradient } of this.#trained) sum += this.#backend.sumOfSquares(gradient);
    return Math.sqrt(sum);
  }

  update(learningRate: number, gradientScale = 1): { gradientNorm: number } {
    const gradientNorm = this.gradientNorm() * Math.abs(gradientScale);
    if (!Number.isFinite(gradientNorm) || !Number.isFinite(learningRate)) {
      throw new RangeError(
        `Step ${this.#step + 1} has gradient norm ${gradientNorm} and learning rate ${learningRate}; nothing was updated`,
      );
    }
    const { clipNorm, beta1, beta2, eps, weightDecay } = this.#optimizer;
    const clip = clipNorm > 0 && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    this.#step++;
    for (const { value, gradient, first, second, decays } of this.#trained) {
      this.#backend.adamw({
        value,
        gradient,
        moment1: first,
        moment2: second,
        learningRate,
        beta1,
        beta2,
        eps,
        weightDecay: decays ? weightDecay : 0,
        step: this.#step,
        gradientScale: gradientScale * clip,
      });
    }
    this.zeroGradients();
    return { gradientNorm };
  }

  zeroGradients(): void {
    for (const { gradient } of this.#trained) gradient.fill(0);
  }

  state(): SessionState {
    const tensors = new Map<string, Float32Array>();
    for (const { name, value, first, second } of this.#trained) {
      tensors.set(`value/${name}`, value);
      tensors.set(`moment1/${name}`, first);
      tensors.set(`moment2/${name}`, second);
    }
    return { step: this.#step, tensors };
  }

  restore({ step, tensors }: SessionState): void {
    if (!(Number.isInteger(step) && step >= 0))
      throw new RangeError(`Step of the state is ${step}; it counts from 0`);
    const own = this.state().tensors;
    for (const [name, values] of own) {
      const given = tensors.get(name)?.length;
      if (given !== values.length) {
        throw new RangeError(
          `State has ${given ?? "no"} values of ${name}; the session needs ${values.length}`,
        );
      }
    }
    for (const name of tensors.keys()) {
      if (!own.has(name)) throw new RangeError(`State has ${name}, which this session does not train`);
    }
    for (const [name, values] of own) values.set(tensors.get(name)!);
    this.#step = step;
    this.zeroGradients();
  }

  model(): ModelParams {
    const values = new Map(this.#model.values);
    for (const { param, value } of this.#params) values.set(param.name, value);
    for (const name of values.keys()) if (isAdapterParam(name)) values.delete(name);
    return { config: this.#model.config, ropeLayout: this.#model.ropeLayout, values };
  }

  adapter(): ReadonlyMap<string, Float32Array> {
    const own = this.#params.filter(({ param }) => isAdapterParam(param.name));
    return new Map(own.map(({ param, value }) => [param.name, value]));
  }

  #assertTrainable(method: string): void {
    if (this.#trained.length === 0) {
      throw new TypeError(`Session is not trainable, so it has no ${method}; create it with trainable: true`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executable[Symbol.asyncDispose]();
    if (this.#ownsBackend) await this.#backend[Symbol.asyncDispose]();
  }
}

/**
 * A session of a model. Without a backend it chooses one and closes it with the session. Values that are trained are
 * copies of those in `model`; frozen ones are shared.
 */
export function createSession(options: SessionOptions, backend?: TrainBackend): LocalSession {
  if (backend !== undefined)
    return new ModelSession(options, { backend, ownsBackend: false, degradations: [] });
  return new ModelSession(options, { ...chooseTrainBackend(), ownsBackend: true });
}
