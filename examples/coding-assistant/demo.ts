import { callTool, ScriptedModel, type ScriptedReply } from "../scripted-model.ts";

const steps: readonly ScriptedReply[] = [
  callTool("list_files", {}),
  callTool("run_tests", {}),
  callTool("read_file", { path: "src/median.mjs" }),
  callTool("edit_file", {
    path: "src/median.mjs",
    old_text: "  return sorted[Math.floor(sorted.length / 2)];\n",
    new_text: `  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
`,
  }),
  callTool("run_tests", {}),
  "With an even number of values the median was the upper of the two in the middle. It is now halfway between them.",
];

/** What a model that can use tools does with the sample, read from a script. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel((messages) => {
    const task = messages.findLastIndex(({ role }) => role === "user");
    const numDone = messages.slice(task).filter(({ role }) => role === "assistant").length;
    return steps[numDone] ?? "The script is over.";
  });
}
