import type { TextModel } from "@llamero/core";
import { type AgentEvent, createAgent } from "@llamero/stack";
import { openShields } from "@llamero/stack/shields";
import { createTools } from "./tools.ts";
import type { Edit, Workspace } from "./workspace.ts";

/** What a person is asked. */
export type Question =
  | { kind: "edit"; edit: Edit; warnings: readonly string[] }
  | { kind: "run"; command: string };

/** What the terminal shows: steps of the agent, and what shields found. */
export type AssistantEvent = AgentEvent | { type: "warning"; text: string };

export interface AssistantOptions {
  model: TextModel;
  workspace: Workspace;
  testCommand: readonly string[];
  ask: (question: Question) => Promise<boolean>;
}

export interface Assistant extends AsyncDisposable {
  run(task: string, signal: AbortSignal): AsyncGenerator<AssistantEvent>;
}

const instructions = `You are a coding assistant that works in one folder through tools. Look before you change: list and read files
first. Change as little as needed, then run the tests. When they pass, say in one or two sentences what was wrong and what you did.`;

/** An agent with the tools of a folder, the code shield before edits and behind answers, and no hidden text. */
export function createAssistant({ model, workspace, testCommand, ask }: AssistantOptions): Assistant {
  const shields = openShields(
    {
      policy: {
        borders: {
          model_output: [{ shields: ["code"], on_hit: "log" }],
          tool_call: [{ shields: ["code"], on_hit: "log" }],
          tool_result: [{ shields: ["hidden-text"], on_hit: "redact" }],
        },
      },
    },
    { findModel: () => model },
  );
  const warningsOf = async (border: "model_output" | "tool_call", text: string, signal: AbortSignal) =>
    (await shields.guardBorder(border, text, [], signal)).hits.map(({ reason }) => reason);

  const hidden: string[] = [];
  const agent = createAgent({
    model,
    instructions,
    tools: createTools(workspace, testCommand),
    maxSteps: 12,
    maxSeconds: 600,
    // Files may come from strangers; what nobody can see in them is not for the model either.
    async scan(text, signal) {
      const { hits, text: clean } = await shields.guardBorder("tool_result", text, [], signal);
      const reason = hits.map((hit) => hit.reason).join("; ");
      if (hits.length > 0) hidden.push(`Taken out of what the model reads: ${reason}`);
      return { flagged: hits.length > 0, reason, text: clean };
    },
    async approve({ name, arguments: json }) {
      if (name === "run_tests") return await ask({ kind: "run", command: testCommand.join(" ") });
      const { path, old_text: before, new_text: after } = JSON.parse(json) as Record<string, unknown>;
      let edit: Edit;
      try {
        edit = workspace.planEdit(String(path), String(before), String(after));
      } catch {
        // The tool fails in the same way and tells the model why; nothing was agreed to that it could write.
        return true;
      }
      const warnings = await warningsOf("tool_call", String(after), new AbortController().signal);
      const isAgreed = await ask({ kind: "edit", edit, warnings });
      if (isAgreed) workspace.agree(edit);
      return isAgreed;
    },
  });

  return {
    async *run(task, signal) {
      for await (const event of agent.run(task, { signal })) {
        for (const text of hidden.splice(0)) yield { type: "warning", text };
        if (event.type === "done")
          for (const text of await warningsOf("model_output", event.text, signal))
            yield { type: "warning", text };
        yield event;
      }
    },
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}
