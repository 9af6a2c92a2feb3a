import type { TextEncoderModel } from "@llamero/core";
import { readings } from "./prompt-guard-text.ts";
import type { Border, Shield, ShieldInput, Verdict } from "./shield.ts";

/** What a shield needs of an encoder with classes. */
export type AttackClassifier = Pick<
  TextEncoderModel,
  "labels" | "maxTokens" | "classifyWindows" | "tokensOf" | "close"
>;

export interface PromptGuardOptions {
  id: string;
  /** Loads the classifier; asked once. */
  load: () => Promise<AttackClassifier>;
  /** Scores from here on are hits; default 0.9. */
  threshold?: number | undefined;
  /** Logits are divided by it; default 1. */
  temperature?: number | undefined;
}

/** Classes whose probabilities are the score. */
interface LabelSet {
  labels: readonly string[];
  /** Of what a user says, whose instructions are wanted. */
  direct: readonly string[];
  /** Of what others wrote, where any instruction is an attack. */
  indirect: readonly string[];
}

/** Labels of Prompt-Guard-86M and of Llama-Prompt-Guard-2, in the order of their classes. */
const labelSets: readonly LabelSet[] = [
  {
    labels: ["BENIGN", "INJECTION", "JAILBREAK"],
    direct: ["JAILBREAK"],
    indirect: ["INJECTION", "JAILBREAK"],
  },
  { labels: ["BENIGN", "MALICIOUS"], direct: ["MALICIOUS"], indirect: ["MALICIOUS"] },
];

/** Tokens that a window shares with the one before, so that no attack is cut at an edge. */
const overlap = 64;

interface Classes {
  direct: readonly number[];
  indirect: readonly number[];
}

/** Places of the classes of an attack; throws for labels of another model. */
export function attackClasses(labels: readonly string[] | null): Classes {
  const given = (labels ?? []).map((each) => each.toUpperCase());
  const set = labelSets.find(
    ({ labels: names }) =>
      names.length === given.length &&
      (names.every((each) => given.includes(each)) || given.every((each, i) => each === `LABEL_${i}`)),
  );
  if (set === undefined)
    throw new TypeError(
      `Classes ${given.join(", ") || "(none)"} are no Prompt Guard's; ${labelSets.map(({ labels: names }) => names.join(", ")).join(" or ")} are`,
    );
  const names = given[0]!.startsWith("LABEL_") ? set.labels : given;
  const placesOf = (wanted: readonly string[]): number[] => wanted.map((each) => names.indexOf(each));
  return { direct: placesOf(set.direct), indirect: placesOf(set.indirect) };
}

function probability(logits: Float32Array, classes: readonly number[], temperature: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let [sum, wanted] = [0, 0];
  for (const [at, logit] of logits.entries()) {
    const weight = Math.exp((logit - most) / temperature);
    sum += weight;
    if (classes.includes(at)) wanted += weight;
  }
  return wanted / sum;
}

/** Whether the user speaks; everywhere else it is somebody whose instructions nobody asked for. */
const isDirect = (border: Border): boolean => border === "user_input";

/** A shield that asks a Prompt Guard model for jailbreaks and injected instructions. */
export class PromptGuardShield implements Shield {
  readonly id: string;
  readonly #options: PromptGuardOptions;
  #loading: Promise<{ model: AttackClassifier; classes: Classes }> | null = null;

  constructor(options: PromptGuardOptions) {
    this.id = options.id;
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#load();
  }

  async check({ border, text }: ShieldInput, signal: AbortSignal): Promise<Verdict> {
    const { temperature = 1, threshold = 0.9 } = this.#options;
    const { model, classes } = await this.#load();
    const places = isDirect(border) ? classes.direct : classes.indirect;
    let score = 0;
    let isHidden = false;
    for (const [at, reading] of readings(text, model.tokensOf).entries()) {
      for (const logits of await model.classifyWindows(reading, overlap, signal)) {
        const found = probability(logits, places, temperature);
        if (!Number.isFinite(found)) throw new RangeError("Prompt Guard's classes have no probabilities");
        if (found > score) [score, isHidden] = [found, at > 0];
      }
    }
    const flagged = score >= threshold;
    const category = isDirect(border) ? "jailbreak" : "prompt_injection";
    const what = isDirect(border) ? "An attempt to get around the rules" : "Instructions in foreign text";
    return {
      shield: this.id,
      flagged,
      score,
      categories: flagged ? [category] : [],
      reason: flagged ? `${what}${isHidden ? ", hidden from a plain reading" : ""}` : "No attack",
    };
  }

  async close(): Promise<void> {
    const loaded = await this.#loading?.catch(() => null);
    this.#loading = null;
    loaded?.model.close();
  }

  #load(): Promise<{ model: AttackClassifier; classes: Classes }> {
    this.#loading ??= this.#open();
    return this.#loading;
  }

  async #open(): Promise<{ model: AttackClassifier; classes: Classes }> {
    const model = await this.#options.load();
    try {
      return { model, classes: attackClasses(model.labels) };
    } catch (error) {
      model.close();
      throw error;
    }
  }
}
