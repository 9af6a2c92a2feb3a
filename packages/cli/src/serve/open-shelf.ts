import { isEncoderFolder } from "@llamero/core";
import { listModels, type StoredModel } from "@llamero/core/hub/store";
import type { ModelShelf, ServableModel, ShelvedModel } from "@llamero/stack";
import type { AdapterValues } from "../model/adapters.ts";
import type { ModelValues } from "../model/open-model.ts";
import { shippedModel } from "../model/shipped-model.ts";
import type { Supervise } from "../model/supervise-models.ts";
import { openEncoders } from "./open-encoders.ts";

/** The models of the store and the one that ships, as a server opens them when they are named. */
export interface OpenShelf extends ModelShelf, AsyncDisposable {}

/** A shelf over the store. Adapters and draft models, which are for one model each, stay with those that were named. */
export function openShelf(values: ModelValues & AdapterValues, supervise: Supervise): OpenShelf {
  const opened = new Set<ServableModel>();
  const all = async (): Promise<StoredModel[]> => {
    const shipped = shippedModel();
    const stored = await listModels();
    const hasShipped = shipped === null || stored.some(({ name }) => name === shipped.name);
    return hasShipped ? stored : [...stored, shipped];
  };
  return {
    list: async () =>
      (await all()).map(
        ({ name, path, sizeBytes }): ShelvedModel => ({ name, embeds: isEncoderFolder(path), sizeBytes }),
      ),
    async open(name) {
      const stored = (await all()).find((each) => each.name === name);
      if (stored === undefined) throw new RangeError(`${name} is no longer in the store`);
      const model = isEncoderFolder(stored.path)
        ? (await openEncoders([stored], values))[0]!.model
        : await supervise(stored, { ...values, lora: [], speculate: null });
      opened.add(model);
      return model;
    },
    async [Symbol.asyncDispose]() {
      for (const model of opened) await model[Symbol.asyncDispose]();
    },
  };
}
