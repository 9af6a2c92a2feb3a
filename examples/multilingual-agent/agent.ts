import type { Message, TextModel } from "@llamero/core";
import { type AgentEvent, type AgentOptions, type Border, createAgent, type Tool } from "@llamero/stack";
import { openShields } from "@llamero/stack/shields";
import { detectLanguage, type LanguageCode, languages } from "./languages.ts";
import { type Appointment, createTools } from "./tools.ts";

/** What the agent does, step by step. */
export type Step =
  /** What the user wrote in; confidence is null where it cannot be told and the language of before goes on. */
  | { type: "language"; language: LanguageCode; confidence: number | null }
  /** A shield found something at a border and took it out. */
  | { type: "shield"; border: Border; reason: string }
  | Extract<AgentEvent, { type: "call" | "result" | "approval" }>
  /** The model is asked again: it said nothing, or not in the language of the question. */
  | { type: "again"; reason: string }
  | { type: "answer"; text: string; language: LanguageCode | null };

export interface MultilingualOptions {
  model: TextModel;
  calendar: Appointment[];
  approve: NonNullable<AgentOptions["approve"]>;
  /** Such as 2026-11-26. */
  today: string;
}

const maxMessages = 12;

/** Answers in the language of the question, with tools, and with shields at all borders. */
export class MultilingualAgent {
  readonly #options: MultilingualOptions;
  readonly #shields: ReturnType<typeof openShields>;
  #history: Message[] = [];
  #language: LanguageCode = "en";

  constructor(options: MultilingualOptions) {
    this.#options = options;
    const hidden = [{ shields: ["hidden-text"], on_hit: "redact" as const }];
    this.#shields = openShields(
      {
        settings: [{ id: "contacts", type: "pii", kinds: ["email", "phone"] }],
        policy: {
          borders: {
            user_input: hidden,
            tool_call: [{ shields: ["code"], on_hit: "ask" }],
            tool_result: hidden,
            model_output: [{ shields: ["contacts"], on_hit: "redact" }],
          },
        },
      },
      { findModel: () => options.model },
    );
  }

  /** Works on what the user wrote. The answer comes whole, when it has been judged. */
  async *run(text: string, signal: AbortSignal): AsyncGenerator<Step> {
    const question = yield* this.#pass("user_input", text, signal);
    const detected = detectLanguage(question);
    this.#language = detected?.code ?? this.#language;
    yield { type: "language", language: this.#language, confidence: detected?.confidence ?? null };

    let messages: Message[] = [...this.#history, { role: "user", content: question }];
    let answer = yield* this.#work(messages, signal);
    // A small model may stumble over the tools and still have something to say.
    if (answer.trim() === "") {
      yield { type: "again", reason: "no answer; now without tools" };
      answer = yield* this.#work(messages, signal, []);
    }
    if (isOther(answer, this.#language)) {
      const { name, again } = languages[this.#language];
      yield { type: "again", reason: `the answer is not in ${name}` };
      messages = [...messages, { role: "assistant", content: answer }, { role: "user", content: again }];
      answer = yield* this.#work(messages, signal);
    }
    answer = yield* this.#pass("model_output", answer, signal);
    yield { type: "answer", text: answer, language: detectLanguage(answer)?.code ?? null };
    const said: Message[] = [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ];
    this.#history = [...this.#history, ...said].slice(-maxMessages);
  }

  /** One run of the model with its tools; tells the steps and gives the answer. */
  async *#work(
    messages: readonly Message[],
    signal: AbortSignal,
    tools: readonly Tool[] = createTools(this.#language, this.#options.calendar),
  ): AsyncGenerator<Step, string> {
    const { model, approve, today } = this.#options;
    const found: Step[] = [];
    await using agent = createAgent({
      model,
      instructions: `${languages[this.#language].instructions} (${today})`,
      tools,
      approve,
      maxSteps: 6,
      maxTokens: 600,
      guardBorder: this.#shields.guardBorder,
      // Whoever wrote an appointment may be a stranger.
      scan: async (text, signal) => {
        const {
          action,
          text: clean,
          hits,
        } = await this.#shields.guardBorder("tool_result", text, [], signal);
        const reason = hits.map((hit) => hit.reason).join("; ");
        if (action !== "pass") found.push({ type: "shield", border: "tool_result", reason });
        return { flagged: action !== "pass", reason, text: clean };
      },
    });
    for await (const event of agent.run(messages, { signal })) {
      yield* found.splice(0);
      if (event.type === "done") return event.text;
      if (event.type === "call" || event.type === "result" || event.type === "approval") yield event;
    }
    return "";
  }

  /** Lets a text across a border as the policy says. */
  async *#pass(border: Border, text: string, signal: AbortSignal): AsyncGenerator<Step, string> {
    const { text: clean, hits } = await this.#shields.guardBorder(border, text, [], signal);
    for (const { reason } of hits) yield { type: "shield", border, reason };
    return clean;
  }
}

/** Whether an answer is surely in another language. */
function isOther(answer: string, language: LanguageCode): boolean {
  const detected = detectLanguage(answer);
  return detected !== null && detected.code !== language && detected.confidence > 0.8 && answer.length > 20;
}
