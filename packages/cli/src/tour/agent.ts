import type { GenerateOptions, LoadedModel, Message, TextModel } from "@llamero/core";
import type { Tour, TourStep } from "./step.ts";

const task = "What is 17 * 23?";
const maxSteps = 2;
/** A demanded call ends when its arguments do; what comes after it is cut earlier. */
const maxTokens = { call: 300, words: 40 };

/** What became of a task. */
interface Attempt {
  calls: { arguments: string; agreed: boolean | null }[];
  results: { text: string; failed: boolean }[];
  said: string;
  /** How often the calculator itself ran. */
  numRuns: number;
}

/** The model, whose first answer has to be a call, since the grammar lets nothing else through; later ones have no tools. */
function demanding(model: LoadedModel): TextModel {
  let numAnswers = 0;
  const chat = (
    messages: readonly Message[],
    options: GenerateOptions = {},
  ): ReturnType<TextModel["chat"]> => {
    if (numAnswers++ === 0)
      return model.chat(messages, {
        ...options,
        toolChoice: "required",
        parallelToolCalls: false,
        maxTokens: maxTokens.call,
      });
    const { tools: _, ...withoutTools } = options;
    return model.chat(messages, { ...withoutTools, maxTokens: maxTokens.words });
  };
  return new Proxy<TextModel>(model, {
    get(target, key) {
      if (key === "chat") return chat;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Works on the task; `agrees` null: the calculator runs unasked, as `llamero agent` has it. */
async function work(
  model: TextModel,
  agrees: boolean | null,
  limit: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const { calculatorTool, createAgent, tool } = await import("@llamero/stack");
  const attempt: Attempt = { calls: [], results: [], said: "", numRuns: 0 };
  const { name, description, parameters } = calculatorTool;
  const calculator = tool({
    name,
    description,
    parameters,
    untrusted: false,
    needsApproval: agrees !== null,
    async run(args, context) {
      attempt.numRuns++;
      const { text, failed } = await calculatorTool.run(args, context);
      if (failed) throw new RangeError(text);
      return text;
    },
  });
  await using agent = createAgent({
    model,
    tools: [calculator],
    maxSteps,
    maxTokens: limit,
    temperature: 0,
    approve: () => agrees === true,
  });
  for await (const event of agent.run(task, { signal })) {
    if (event.type === "call" && agrees === null)
      attempt.calls.push({ arguments: event.arguments, agreed: null });
    if (event.type === "approval") attempt.calls.push({ arguments: event.arguments, agreed: event.approved });
    if (event.type === "result") attempt.results.push({ text: event.text, failed: event.failed });
    if (event.type === "done") attempt.said = event.text;
  }
  return attempt;
}

function show({ screen }: Tour, label: string, { calls, results, said, numRuns }: Attempt): void {
  const { green, yellow } = screen.colors;
  if (calls.length === 0) screen.answer(label, `no call; it says: ${said.slice(0, 120)}`, yellow);
  for (const [i, { arguments: given, agreed }] of calls.entries()) {
    const asked = agreed === null ? "not asked for" : `asked for, the answer is ${agreed ? "yes" : "no"}`;
    screen.answer(i === 0 ? label : "", `calculator ${given.slice(0, 160)}: ${asked}`);
    const result = numRuns > i ? results[i] : undefined;
    if (result === undefined) screen.answer("", "did not run", yellow);
    else screen.answer("", `ran: ${result.text.slice(0, 160)}`, result.failed ? yellow : green);
  }
}

/** The request of the HTTP interface that demands a call. */
const request = (modelName: string): object => ({
  model: modelName,
  input: task,
  tools: [{ type: "calculator" }],
  tool_choice: "required",
  max_infer_iters: maxSteps,
  max_output_tokens: maxTokens.call + maxTokens.words,
  temperature: 0,
});

const url = "http://127.0.0.1:8321/v1/responses";

export const step: TourStep = {
  commands({ model, shown }) {
    const limits = ["--max-steps", `${maxSteps}`, "--max-tokens", `${2 * maxTokens.words}`];
    return [
      ["llamero", "agent", model.name, "--tool", "calculator", ...limits, task],
      ["llamero", "serve", model.name],
      ["curl", "-H", "Content-Type: application/json", "-d", `@${shown("agent.json")}`, url],
    ];
  },
  async run(tour) {
    const { screen, signal } = tour;
    tour.give("agent.json", `${JSON.stringify(request(tour.model.name), null, 2)}\n`);
    await using model = await tour.open({ maxBatch: 1 });
    screen.text(
      `The task: ${task} The tool: the calculator. The model has to call it by itself.`,
      screen.colors.dim,
    );
    screen.line();
    screen.live("The model decides");
    const free = await work(model, null, 2 * maxTokens.words, signal);
    show(tour, "free", free);
    const limit = maxTokens.call + maxTokens.words;
    screen.live("A call is demanded");
    const agreed = await work(demanding(model), true, limit, signal);
    show(tour, "demanded", agreed);
    screen.live("A call is demanded, and refused");
    const refused = await work(demanding(model), false, limit, signal);
    show(tour, "refused", refused);
    screen.line();
    const isRight = agreed.results.some(({ text, failed }) => !failed && text === String(17 * 23));
    screen.text(
      isRight
        ? "The demanded call is valid and its result is right."
        : "The grammar makes a demanded call valid, not sensible: this model does not ask for what the task needs. A larger one is needed for agents.",
      isRight ? screen.colors.green : screen.colors.yellow,
    );
    screen.text("llamero agent asks in the terminal before each call of a tool of an MCP server.");
    if (agreed.calls.length !== 1 || agreed.numRuns !== 1)
      throw new Error(`The demanded call ran ${agreed.numRuns} times of ${agreed.calls.length} asked for`);
    if (refused.calls.length !== 1 || refused.numRuns !== 0)
      throw new Error(`The refused call ran ${refused.numRuns} times of ${refused.calls.length} asked for`);
    return { task, free, agreed, refused, isRight };
  },
};
