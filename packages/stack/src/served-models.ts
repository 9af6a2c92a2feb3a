import type { EngineInfo, EngineStats, TextModel } from "@llamero/core";
import { HttpError } from "./http/http-error.ts";

/** A text model; one that tells of its engine has more to say in `/v1/health`. */
export type ServableModel = TextModel & {
  readonly engine?: { info(): EngineInfo; stats(): EngineStats };
};

/** A model and the name that requests call it by. */
export interface ServedModel {
  name: string;
  model: ServableModel;
}

/** The models of a server, by name. */
export class ServedModels {
  readonly all: readonly ServedModel[];
  /** Seconds since 1970 at which the models were taken up. */
  readonly since: number = Math.floor(Date.now() / 1000);

  constructor(models: readonly ServedModel[]) {
    if (models.length === 0) throw new TypeError("There is no model to serve; give at least one");
    const names = models.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new TypeError(`Two models are called ${twice}; give each its own name`);
    this.all = models;
  }

  /** Finds a model by its name, with or without the provider before it. */
  find(name: string): ServedModel {
    const found = this.all.find((each) => each.name === name || `llamero/${each.name}` === name);
    if (found !== undefined) return found;
    const names = this.all.map((each) => each.name).join(", ");
    throw new HttpError(404, `There is no model ${name} here; there is ${names}`, {
      param: "model",
      code: "model_not_found",
    });
  }
}
