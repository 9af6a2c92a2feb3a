/** Running mean of weights over checkpoints (Polyak & Juditsky 1992), in f32: mean += (weights - mean) / count. */
export class WeightAverage {
  /** Names of its tensors in a checkpoint start with this. */
  static readonly prefix = "average/";
  readonly #mean = new Map<string, Float32Array>();
  #count = 0;

  /** How many weights it is the mean of. */
  get count(): number {
    return this.#count;
  }

  add(values: ReadonlyMap<string, Float32Array>): void {
    this.#count++;
    for (const [name, value] of values) {
      const mean = this.#mean.get(name);
      if (mean === undefined) this.#mean.set(name, value.slice());
      else for (let i = 0; i < mean.length; i++) mean[i]! += (value[i]! - mean[i]!) / this.#count;
    }
  }

  /** The mean by name; null before the first. */
  values(): ReadonlyMap<string, Float32Array> | null {
    return this.#count === 0 ? null : this.#mean;
  }

  /** The mean by the names of a checkpoint. */
  tensors(): Map<string, Float32Array> {
    return new Map([...this.#mean].map(([name, mean]) => [WeightAverage.prefix + name, mean]));
  }

  /** Takes its own out of the tensors of a checkpoint. */
  restore(count: number, tensors: ReadonlyMap<string, Float32Array>): void {
    this.#count = count;
    this.#mean.clear();
    const { prefix } = WeightAverage;
    for (const [name, mean] of tensors)
      if (name.startsWith(prefix)) this.#mean.set(name.slice(prefix.length), mean);
  }
}
