import type { Json } from "../../api/json.ts";
import type {
  FineTuneRequest,
  LoraConfig,
  PreferenceRequest,
  TrainingConfig,
} from "../../api/post-training.ts";
import { HttpError } from "../../http/http-error.ts";

type Table = { [key: string]: Json };

/** Fields of a recipe that the server gives itself. */
const ownFields = ["name", "model", "out", "init", "tokenizer"];

/** Tokens of the longest conversation where the recipe names none. */
const defaultLength = 1024;

function refuse(param: string, message: string): HttpError {
  return new HttpError(400, `${param}: ${message}`, { param, code: "invalid_value" });
}

/** The given recipe, without what is not the client's to say. */
export function givenRecipe(recipe: Record<string, Json> | undefined): Table {
  const own = Object.keys(recipe ?? {}).find((key) => ownFields.includes(key));
  if (own !== undefined) throw refuse(`recipe.${own}`, "The server gives this field itself; leave it out");
  const data = recipe?.["data"];
  if (data !== undefined && (Array.isArray(data) || Object.hasOwn(Object(data), "sources"))) {
    throw refuse("recipe.data", "Data is named by training_config.data_config.dataset_id");
  }
  const validation = recipe?.["validation"];
  if (Object.hasOwn(Object(validation), "files")) {
    throw refuse("recipe.validation.files", "Validation data is named by training_config.data_config");
  }
  return structuredClone({ ...recipe });
}

/** What a dataset is called in a request. */
export function datasetOf({ data_config: data }: TrainingConfig): { id: string; validation: string | null } {
  if (data == null) throw refuse("training_config.data_config", "It is needed, with a dataset_id");
  return { id: data.dataset_id, validation: data.validation_dataset_id ?? null };
}

function loraOf({ rank, alpha, lora_attn_modules: attention, apply_lora_to_mlp: mlp }: LoraConfig): Table {
  const names = (attention ?? ["q_proj", "k_proj", "v_proj", "o_proj"]).map((name) =>
    name === "output_proj" ? "o_proj" : name,
  );
  const targets = [...names, ...(mlp === false ? [] : ["gate_proj", "up_proj", "down_proj"])];
  if (targets.length === 0)
    throw refuse("algorithm_config", "The adapter changes no matrix; name at least one");
  return { rank, alpha, targets };
}

/** Settings that Llama Stack's configuration says, as a recipe says them. */
function configTable(config: TrainingConfig, { pairs, length }: { pairs: boolean; length: number }): Table {
  const {
    n_epochs,
    max_steps_per_epoch: perEpoch,
    gradient_accumulation_steps: times = 1,
    data_config: data,
  } = config;
  const optimizer = config.optimizer_config ?? {};
  const size = data?.batch_size;
  const numExamples = size === undefined ? undefined : size * times;
  return {
    ...(n_epochs !== undefined && { epochs: n_epochs }),
    ...(perEpoch != null && { maxSteps: perEpoch * (n_epochs ?? 1) }),
    ...(numExamples !== undefined && {
      batch: pairs ? { pairs: numExamples } : { tokens: numExamples * length },
    }),
    ...(data?.train_on_input === true && { promptWeight: 1 }),
    ...(optimizer.lr !== undefined && { learningRate: optimizer.lr }),
    ...(optimizer.weight_decay !== undefined && { optimizer: { weightDecay: optimizer.weight_decay } }),
    ...(optimizer.num_warmup_steps !== undefined && {
      schedule: { warmupSteps: optimizer.num_warmup_steps },
    }),
    ...(config.dtype !== undefined && { products: config.dtype === "bf16" ? "bf16" : "f32" }),
  };
}

/** Two tables as one; what the second says goes before the first. */
function merged(first: Table, second: Table): Table {
  const isTable = (value: Json | undefined): value is Table =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const all: Table = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const old = all[key];
    all[key] = isTable(old) && isTable(value) ? merged(old, value) : value;
  }
  return all;
}

function lengthOf(recipe: Table): number {
  const length = (recipe["batch"] as Table | undefined)?.["length"];
  return typeof length === "number" ? length : defaultLength;
}

/** The recipe of supervised fine-tuning that a request asks for, without model, data and folder. */
export function fineTuneRecipe({
  training_config: config,
  algorithm_config: lora,
  recipe,
}: FineTuneRequest): Table {
  const given = givenRecipe(recipe);
  const table = configTable(config, { pairs: false, length: lengthOf(given) });
  return merged({ ...table, ...(lora != null && { lora: loraOf(lora) }) }, given);
}

/** The recipe of preference training that a request asks for. */
export function preferenceRecipe({
  training_config: config,
  algorithm_config: dpo,
  recipe,
}: PreferenceRequest): Table {
  const given = givenRecipe(recipe);
  if (config.data_config?.train_on_input === true) {
    throw refuse("training_config.data_config.train_on_input", "Preferences are about answers only");
  }
  const table = configTable(config, { pairs: true, length: 0 });
  return merged({ ...table, ...(dpo?.beta !== undefined && { beta: dpo.beta }) }, given);
}

/** The recipe of continual pre-training that a request asks for. */
export function pretrainRecipe(config: TrainingConfig, recipe: Record<string, Json> | undefined): Table {
  const given = givenRecipe(recipe);
  const { n_epochs, max_steps_per_epoch: steps, data_config: data } = config;
  if (n_epochs !== undefined && n_epochs !== 1) {
    throw refuse("training_config.n_epochs", "Pre-training goes by steps: give recipe.batch.steps");
  }
  for (const field of ["validation_dataset_id", "train_on_input"] as const) {
    if (data?.[field] == null || data[field] === false) continue;
    throw refuse(`training_config.data_config.${field}`, "Pre-training has no such setting");
  }
  const length = ((given["batch"] as Table | undefined)?.["length"] as number | undefined) ?? 512;
  const { epochs: _, maxSteps: __, ...table } = configTable(config, { pairs: false, length });
  return merged(merged(table, steps == null ? {} : { batch: { steps } }), given);
}
