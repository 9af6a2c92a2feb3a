import assert from "node:assert/strict";
import { test } from "node:test";
import { fineTuneSchema, preferenceSchema } from "../../api/post-training.ts";
import { checkValue } from "../../http/check-value.ts";
import { fineTuneRecipe, preferenceRecipe, pretrainRecipe } from "./to-recipe.ts";

const data = { dataset_id: "d" };

test("fineTuneRecipe says a request in the recipe's words, and the recipe itself goes before", () => {
  const request = checkValue(fineTuneSchema, {
    job_uuid: "a",
    model: "m",
    training_config: {
      n_epochs: 3,
      max_steps_per_epoch: 5,
      gradient_accumulation_steps: 2,
      data_config: { ...data, batch_size: 4, train_on_input: true, packed: false, data_format: "dialog" },
      optimizer_config: { optimizer_type: "adamw", lr: 0.001, weight_decay: 0.1, num_warmup_steps: 7 },
      dtype: "fp32",
    },
    algorithm_config: {
      type: "LoRA",
      rank: 4,
      alpha: 8,
      lora_attn_modules: ["q_proj", "output_proj"],
      apply_lora_to_mlp: false,
    },
    recipe: { batch: { length: 100 }, learningRate: 0.5 },
    hyperparam_search_config: {},
    logger_config: {},
  });
  assert.deepEqual(fineTuneRecipe(request), {
    epochs: 3,
    maxSteps: 15,
    batch: { tokens: 800, length: 100 },
    promptWeight: 1,
    learningRate: 0.5,
    optimizer: { weightDecay: 0.1 },
    schedule: { warmupSteps: 7 },
    products: "f32",
    lora: { rank: 4, alpha: 8, targets: ["q_proj", "o_proj"] },
  });
});

test("preferenceRecipe counts pairs, and pretrainRecipe goes by steps", () => {
  const request = checkValue(preferenceSchema, {
    job_uuid: "a",
    finetuned_model: "m",
    training_config: { n_epochs: 1, data_config: { ...data, batch_size: 8 } },
    algorithm_config: { beta: 0.3, loss_type: "sigmoid" },
  });
  assert.deepEqual(preferenceRecipe(request), { epochs: 1, batch: { pairs: 8 }, beta: 0.3 });
  const config = { max_steps_per_epoch: 9, data_config: { ...data, batch_size: 2 } };
  assert.deepEqual(pretrainRecipe(config, { batch: { length: 64 } }), {
    batch: { tokens: 128, steps: 9, length: 64 },
  });
  assert.throws(() => pretrainRecipe({ ...config, n_epochs: 2 }, undefined), /n_epochs/);
});

const base = { job_uuid: "a", model: "m", training_config: { data_config: data } };
const lora = { type: "LoRA", rank: 4, alpha: 8 };

for (const [what, request] of [
  ["names that lead elsewhere", { ...base, job_uuid: "../a" }],
  ["quantisation-aware training", { ...base, algorithm_config: { type: "QAT", group_size: 32 } }],
  ["DoRA", { ...base, algorithm_config: { ...lora, use_dora: true } }],
  ["an order that is not drawn", { ...base, training_config: { data_config: { ...data, shuffle: false } } }],
  [
    "other optimizers",
    { ...base, training_config: { data_config: data, optimizer_config: { optimizer_type: "sgd" } } },
  ],
  ["searches", { ...base, hyperparam_search_config: { a: 1 } }],
  ["unknown fields", { ...base, checkpoint_dir: "/tmp" }],
  ["the folder in the recipe", { ...base, recipe: { out: "/tmp/x" } }],
  ["the model in the recipe", { ...base, recipe: { model: "/tmp/x" } }],
  ["files in the recipe", { ...base, recipe: { data: ["/etc/passwd"] } }],
  ["validation files in the recipe", { ...base, recipe: { validation: { files: ["/etc/passwd"] } } }],
] as const) {
  test(`supervised fine-tuning refuses ${what}`, () => {
    assert.throws(() => fineTuneRecipe(checkValue(fineTuneSchema, request)), { name: "HttpError" });
  });
}
