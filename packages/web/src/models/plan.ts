import type { MemoryPlan } from "@llamero/stack/api/stored-models";
import { errorBox, field, meter } from "../parts/elements.ts";
import { formatBytes, formatCount, formatNumber } from "../parts/format.ts";
import { requestJson } from "../shell/client.ts";
import { createDialog, showDialog } from "../shell/dialog.ts";
import { h } from "../shell/dom.ts";
import { t } from "./texts.ts";

/** Contexts that can be chosen: powers of two up to the longest, and the longest. */
export function contextChoices(longest: number): number[] {
  const choices: number[] = [];
  for (let size = 512; size < longest; size *= 2) choices.push(size);
  return [...choices, longest];
}

const parts = [
  ["weights", "weight_bytes"],
  ["kv", "kv_bytes"],
  ["scratch", "scratch_bytes"],
] as const;

/** Shows what a model takes in memory, for a context and a number of answers at once. */
export async function showPlan(model: string): Promise<void> {
  const view = h("div", { class: "stack", "aria-live": "polite" });
  const controls = h("div", { class: "two" });
  const dialog = createDialog(t("planOf", { name: model }), controls, view);
  let context: number | null = null;
  let batch = 1;
  let turn = 0;
  const load = async (): Promise<void> => {
    const mine = ++turn;
    const query = new URLSearchParams({ model, batch: String(batch) });
    if (context !== null) query.set("context", String(context));
    try {
      const plan = await requestJson<MemoryPlan>(`v1alpha/admin/models/plan?${query}`);
      if (mine !== turn) return;
      if (controls.childElementCount === 0) build(plan);
      view.replaceChildren(planCard(plan));
    } catch (error) {
      if (mine === turn) view.replaceChildren(errorBox(error, () => void load()));
    }
  };
  const build = (plan: MemoryPlan): void => {
    const sizes = contextChoices(plan.max_context_length);
    const size = h(
      "select",
      {
        onchange: () => {
          context = Number(size.value);
          void load();
        },
      },
      ...sizes.map((value) =>
        h("option", { value, selected: value === plan.context_length }, formatNumber(value)),
      ),
    );
    const count = h("input", {
      type: "number",
      min: 1,
      max: 4096,
      step: 1,
      value: batch,
      onchange: () => {
        batch = Math.min(4096, Math.max(1, Math.round(Number(count.value)) || 1));
        void load();
      },
    });
    controls.append(field(t("context"), size), field(t("batch"), count));
  };
  void load();
  await showDialog(dialog);
}

function planCard(plan: MemoryPlan): HTMLElement {
  const bar = h(
    "div",
    { class: "plan-bar", "aria-hidden": "true" },
    ...parts.map(([name, key]) => {
      const piece = h("span", { class: `part-${name}` });
      piece.style.width = `${(plan[key] / plan.total_bytes) * 100}%`;
      return piece;
    }),
  );
  return h(
    "div",
    { class: "stack" },
    bar,
    h(
      "dl",
      { class: "legend" },
      ...parts.flatMap(([name, key]) => [
        h("dt", {}, h("span", { class: `swatch part-${name}` }), t(name)),
        h("dd", {}, formatBytes(plan[key])),
      ]),
      h("dt", { class: "sum" }, t("total")),
      h("dd", { class: "sum" }, formatBytes(plan.total_bytes)),
    ),
    h(
      "p",
      { class: `small ${plan.fits ? "good" : "bad"}` },
      plan.fits ? t("fits") : t("tooBig", { bytes: formatBytes(plan.total_bytes - plan.available_bytes) }),
    ),
    meter(plan.total_bytes / plan.available_bytes, t("plan"), plan.fits ? "" : "over"),
    h(
      "p",
      { class: "muted small" },
      `${t("free", { bytes: formatBytes(plan.available_bytes) })} · ${t("parameters")}: ${formatCount(plan.num_parameters)}`,
    ),
  );
}
