import type { EngineInfo, EngineStats, TextModel, WorkerStatus } from "@llamero/core";
import { HttpError } from "./http/http-error.ts";

/** A text model; one that tells of its engine has more to say in `/v1/health`. */
export type ServableModel = TextModel & {
  readonly engine?: { info(): EngineInfo; stats(): EngineStats; worker?(): WorkerStatus };
};

/** A model and the name that requests call it by. */
export interface ServedModel {
  name: string;
  model: ServableModel;
  /** Names of its LoRA adapters; each is served as MODEL:ADAPTER. */
  adapters?: readonly string[];
}

/** A model that a request names. */
export interface FoundModel {
  /** As `/v1/models` lists it: with the adapter, without the provider. */
  name: string;
  model: ServableModel;
  /** Adapter that the request runs through. */
  adapter?: string;
}

/** The models of a server, by name. */
export class ServedModels {
  readonly all: readonly ServedModel[];
  /** Seconds since 1970 at which the models were taken up. */
  readonly since: number = Math.floor(Date.now() / 1000);

  constructor(models: readonly ServedModel[]) {
    if (models.length === 0) throw new TypeError("There is no model to serve; give at least one");
    this.all = models;
    const names = this.list.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new TypeError(`Two models are called ${twice}; give each its own name`);
  }

  /** Everything that a request can name: models, and each with each of its adapters. */
  get list(): readonly FoundModel[] {
    return this.all.flatMap(({ name, model, adapters = [] }): FoundModel[] => [
      { name, model },
      ...adapters.map((adapter) => ({ name: `${name}:${adapter}`, model, adapter })),
    ]);
  }

  /** Finds a model by its name, with or without the provider before it and an adapter behind it. */
  find(name: string): FoundModel {
    const { list } = this;
    const found = list.find((each) => each.name === name || `llamero/${each.name}` === name);
    if (found !== undefined) return found;
    const names = list.map((each) => each.name).join(", ");
    throw new HttpError(404, `There is no model ${name} here; there is ${names}`, {
      param: "model",
      code: "model_not_found",
    });
  }
}
