import type { ModelEntry, ModelList } from "@llamero/stack/api/models";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";

/** The models that requests can name. */
export async function listModels(): Promise<ModelEntry[]> {
  return (await requestJson<ModelList>("v1/models")).data;
}

/** A choice among models; what was chosen last under a name is chosen again. */
export function modelSelect(
  label: string,
  key: string,
): {
  element: HTMLSelectElement;
  show(models: readonly ModelEntry[], fallback?: number): void;
} {
  const storageKey = `llamero-model-${key}`;
  const element = h("select", {
    "aria-label": label,
    onchange: () => localStorage.setItem(storageKey, element.value),
  });
  return {
    element,
    show(models, fallback = 0) {
      const before = localStorage.getItem(storageKey);
      const chosen = models.find(({ id }) => id === before) ?? models[fallback] ?? models[0];
      element.replaceChildren(
        ...models.map(({ id }) => h("option", { value: id, selected: id === chosen?.id }, id)),
      );
    },
  };
}
