import type { CommandDefinition } from "./define-command.ts";

/** One line of the table of commands; the file behind it is imported only when the command runs. */
export interface CommandEntry {
  /** One or two words. */
  name: string;
  arguments: string;
  summary: string;
  group: "Everyday" | "Insight" | "Measure" | "Data" | "Train";
  load(): Promise<{ command: CommandDefinition }>;
}

/** Every command, in the order help shows them. */
export const commands: readonly CommandEntry[] = [
  {
    name: "chat",
    arguments: "[model]",
    summary: "Chat with a model; without a name, with the newest in the store",
    group: "Everyday",
    load: () => import("./commands/chat.ts"),
  },
  {
    name: "run",
    arguments: "<model> [prompt]",
    summary: "Answer one prompt, from the command line or standard input",
    group: "Everyday",
    load: () => import("./commands/run.ts"),
  },
  {
    name: "serve",
    arguments: "[model...]",
    summary: "Serve models over HTTP, with a chat page",
    group: "Everyday",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "embed",
    arguments: "<model>",
    summary: "Turn the lines of standard input into vectors",
    group: "Everyday",
    load: () => import("./commands/embed.ts"),
  },
  {
    name: "pull",
    arguments: "<reference>",
    summary: "Download a model from the Hugging Face hub or a URL",
    group: "Everyday",
    load: () => import("./commands/pull.ts"),
  },
  {
    name: "ls",
    arguments: "",
    summary: "List the models in the store",
    group: "Everyday",
    load: () => import("./commands/ls.ts"),
  },
  {
    name: "show",
    arguments: "<model>",
    summary: "Describe a model: shape, size, license, chat template",
    group: "Everyday",
    load: () => import("./commands/show.ts"),
  },
  {
    name: "rm",
    arguments: "<model>",
    summary: "Remove a model from the store",
    group: "Everyday",
    load: () => import("./commands/rm.ts"),
  },
  {
    name: "doctor",
    arguments: "[model]",
    summary: "Say what this machine computes with, why, and how fast to expect it",
    group: "Insight",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "plan run",
    arguments: "<model>",
    summary: "Say what a model needs before loading it: weights, KV cache, scratch",
    group: "Insight",
    load: () => import("./commands/plan-run.ts"),
  },
  {
    name: "inspect",
    arguments: "<file>",
    summary: "Show the metadata and tensors of a model file",
    group: "Insight",
    load: () => import("./commands/inspect.ts"),
  },
  {
    name: "tokenize",
    arguments: "[text]",
    summary: "Show the tokens of a text, or the text of tokens",
    group: "Insight",
    load: () => import("./commands/tokenize.ts"),
  },
  {
    name: "template check",
    arguments: "<model>",
    summary: "Compare our chat format with the template in a model file, token by token",
    group: "Insight",
    load: () => import("./commands/template-check.ts"),
  },
  {
    name: "perplexity",
    arguments: "<model>",
    summary: "Measure how well a model predicts a text",
    group: "Measure",
    load: () => import("./commands/perplexity.ts"),
  },
  {
    name: "logits",
    arguments: "<model>",
    summary: "Print the most likely tokens at each position of a given text",
    group: "Measure",
    load: () => import("./commands/logits.ts"),
  },
  {
    name: "bench",
    arguments: "<model>",
    summary: "Measure prompt and generation speed",
    group: "Measure",
    load: () => import("./commands/bench.ts"),
  },
  {
    name: "bench latency",
    arguments: "<model>",
    summary: "Measure the time to the first token and between tokens, for several prompt lengths",
    group: "Measure",
    load: () => import("./commands/bench-latency.ts"),
  },
  {
    name: "bench throughput",
    arguments: "<model>",
    summary: "Measure prompt and generation speed for several numbers of sequences at once",
    group: "Measure",
    load: () => import("./commands/bench-throughput.ts"),
  },
  {
    name: "bench serve",
    arguments: "[model]",
    summary: "Send load to a server and time its answers",
    group: "Measure",
    load: () => import("./commands/bench-serve.ts"),
  },
  {
    name: "bench compare",
    arguments: "<a> [b]",
    summary: "Measure two models, or one model in two ways, in turns",
    group: "Measure",
    load: () => import("./commands/bench-compare.ts"),
  },
  {
    name: "eval run",
    arguments: "<model> <tasks>",
    summary: "Score a model, of this machine or behind a URL, on sets of questions",
    group: "Measure",
    load: () => import("./commands/eval-run.ts"),
  },
  {
    name: "eval ls",
    arguments: "",
    summary: "List the sets of questions, and whether their data is here",
    group: "Measure",
    load: () => import("./commands/eval-ls.ts"),
  },
  {
    name: "eval diff",
    arguments: "<a> <b>",
    summary: "Compare two results item by item, or say why they cannot be compared",
    group: "Measure",
    load: () => import("./commands/eval-diff.ts"),
  },
  {
    name: "eval report",
    arguments: "<result...>",
    summary: "Write a page with tables, plots and items of one result or several",
    group: "Measure",
    load: () => import("./commands/eval-report.ts"),
  },
  {
    name: "eval contamination",
    arguments: "<tasks> [more-files...]",
    summary: "Count the items of sets that training data holds already",
    group: "Measure",
    load: () => import("./commands/eval-contamination.ts"),
  },
  {
    name: "data curate",
    arguments: "<config>",
    summary: "Read, filter and mix texts into training data, with a report and its lineage",
    group: "Data",
    load: () => import("./commands/data-curate.ts"),
  },
  {
    name: "data train-quality",
    arguments: "<good...>",
    summary: "Train the quality classifier of data curate on texts of your own",
    group: "Data",
    load: () => import("./commands/data-train-quality.ts"),
  },
  {
    name: "data synth",
    arguments: "<recipe>",
    summary: "Have a teacher write training data: instructions, questions, code, tool use, preferences",
    group: "Data",
    load: () => import("./commands/data-synth.ts"),
  },
  {
    name: "data inspect",
    arguments: "<file>",
    summary: "Say what is in a data file: documents, bytes, fields, errors, a sample",
    group: "Data",
    load: () => import("./commands/data-inspect.ts"),
  },
  {
    name: "data report",
    arguments: "<folder>",
    summary: "Print what a finished curation run kept and dropped, and write its page again",
    group: "Data",
    load: () => import("./commands/data-report.ts"),
  },
  {
    name: "train tokenizer",
    arguments: "",
    summary: "Learn a byte-level BPE vocabulary in the form of Llama 3's from texts",
    group: "Train",
    load: () => import("./commands/train-tokenizer.ts"),
  },
];
