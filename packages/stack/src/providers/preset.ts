import type { Operation } from "./operation.ts";

/** How a kind of server that speaks OpenAI's protocol differs from the others. */
export interface Preset {
  /**
   * Address up to the operation; null: the operator must say it. `{model}` stands for the model, for servers that
   * want it in the path.
   */
  url: string | null;
  /** How the address is written, where there is no default. */
  urlForm?: string;
  auth: "bearer" | "api-key";
  /** Whether it answers nobody without a key. */
  needsKey: boolean;
  /** Put before model names that do not begin with it. */
  modelPrefix?: string;
  /** Added to every address. */
  query?: Readonly<Record<string, string>>;
  /** What it can be asked for; default everything. */
  operations?: readonly Operation[];
  /** Fields that it refuses or, worse, ignores: refused here by name. */
  unsupported: readonly string[];
  /** Whether it lists its models at `models`. */
  listsModels: boolean;
  /** Page that says so. */
  source: string;
}
