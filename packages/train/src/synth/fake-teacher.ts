import type { Generation, GenerationRequest, Generator, GeneratorIdentity } from "@llamero/eval";
import { parseSynthRecipe, type SynthRecipe } from "./recipe.ts";

/** Answers to prompts by the words in them; the first that fits is taken. */
export type Script = readonly (readonly [
  RegExp,
  string | ((text: string, request: GenerationRequest) => string),
])[];

/** Words of a number, so that made texts differ. */
export function wordsOf(number: number): string {
  const words = [
    "amber",
    "river",
    "stone",
    "violet",
    "candle",
    "harbour",
    "meadow",
    "copper",
    "lantern",
    "willow",
  ];
  return [...String(number)].map((digit) => words[Number(digit)]).join(" ");
}

/** A request's number, from its seed. */
export const numberOf = ({ seed }: GenerationRequest): number => seed % 1_000_000;

const json = (value: unknown): string => JSON.stringify(value);

/** What a well-behaved teacher says to each prompt of ours. */
export const goodScript: Script = [
  [
    /Invent one new request/,
    (_, request) =>
      json({
        instruction: `Please explain the ${wordsOf(numberOf(request))} with the ${wordsOf((numberOf(request) * 7919) % 1_000_000)}`,
        input: "",
      }),
  ],
  [
    /Ask one question that the text answers/,
    () =>
      json({
        question: "How many eggs does the heron lay?",
        answer: "It lays four eggs",
        quote: "it lays four eggs",
      }),
  ],
  [/self-contained programming problem/, "Write a function double(n) that returns twice its argument n."],
  [
    /two blocks of/,
    (text) =>
      text.includes("python")
        ? "```python\ndef double(n):\n    return 2 * n\n```\n```python\nassert double(2) == 4\nassert double(0) == 0\n```"
        : "```javascript\nfunction double(n) { return 2 * n; }\n```\n```javascript\nassert(double(2) === 4);\n```",
  ],
  [
    /^Invent \d functions/,
    (text) => {
      const parameters = [{ name: "city", type: "string", description: "The city", required: true }];
      const count = Number(/^Invent (\d)/.exec(text)![1]);
      const tools = Array.from({ length: count }, (_, at) => ({
        name: `get_weather_${at}`,
        description: "Weather of a city",
        parameters,
      }));
      return json({ tools });
    },
  ],
  [
    /Write what a user says/,
    (_, request) => json({ request: `How is the weather in ${wordsOf(numberOf(request))}?` }),
  ],
  [
    /Write the next call/,
    (text, request) => {
      const schema = (
        request.responseFormat as unknown as { schema: { properties: { name: { enum: string[] } } } }
      ).schema;
      const numCalls = text.split("Call: ").length - 1;
      return json({ name: schema.properties.name.enum[0]!, arguments: { city: `Rome ${numCalls}` } });
    },
  ],
  [/Invent what it could return/, json({ fields: [{ name: "temperature", value: "21" }] })],
  [/Write the assistant's answer to the user/, "It is 21 degrees there today, which is warm for the season."],
  [/Judge an example/, json({ points: 8, why: "Right and clear" })],
  [/.*/, (_, request) => `This is an answer about ${wordsOf(numberOf(request))}, told in plain words.`],
];

export interface FakeTeacherOptions {
  model?: string;
  concurrency?: number;
  delayMs?: number;
  /** Instead of the script. */
  reply?: (request: GenerationRequest) => Promise<string>;
}

/** Text of the last message. */
export function lastText({ prompt }: GenerationRequest): string {
  return prompt.kind === "text" ? prompt.text : prompt.messages.at(-1)!.content;
}

/** Answers by a script, and keeps what it was asked. */
export class FakeTeacher implements Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit = null;
  readonly concurrency: number;
  readonly degraded: Generator["degraded"] = [];
  readonly loglikelihood = null;
  readonly requests: GenerationRequest[] = [];
  readonly #script: Script;
  readonly #options: FakeTeacherOptions;

  constructor(script: Script, options: FakeTeacherOptions) {
    const { model = "SmolLM2-fake", concurrency = 4 } = options;
    this.identity = {
      model,
      modelHash: "weights",
      templateHash: null,
      backend: "fake",
      mode: "deterministic",
    };
    this.concurrency = concurrency;
    this.#script = [...script, ...goodScript];
    this.#options = options;
  }

  async generate(request: GenerationRequest): Promise<Generation> {
    const { delayMs = 0, reply } = this.#options;
    this.requests.push(request);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    request.signal?.throwIfAborted();
    const text = lastText(request);
    const [, answer] = this.#script.find(([pattern]) => pattern.test(text))!;
    const said =
      reply !== undefined
        ? await reply(request)
        : typeof answer === "string"
          ? answer
          : answer(text, request);
    return { text: said, toolCalls: [], reason: "stop", promptTokens: 1, completionTokens: 1 };
  }
}

/** A teacher that follows a script, with its own lines before those of the good one. */
export function createFakeTeacher(script: Script = [], options: FakeTeacherOptions = {}): FakeTeacher {
  return new FakeTeacher(script, options);
}

/** A recipe of tasks as YAML, in a folder. */
export function recipeOf(folder: string, tasks: string, more: string = ""): SynthRecipe {
  return parseSynthRecipe(`${more}\ntasks:\n${tasks}`, `${folder}/recipe.yaml`);
}
