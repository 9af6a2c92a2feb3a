import { spawn } from "node:child_process";
import { type Tool, tool } from "@llamero/stack";
import type { Workspace } from "./workspace.ts";

const field = (description: string) => ({ type: "string", description });
const maxOutput = 6000;
const testTimeoutMs = 60_000;

/** What the model may do in a folder. Editing and running ask first. */
export function createTools(workspace: Workspace, testCommand: readonly string[]): Tool[] {
  return [
    tool({
      name: "list_files",
      description: "List the files of the project.",
      run: () => workspace.list().join("\n"),
    }),
    tool({
      name: "read_file",
      description: "Read a file of the project.",
      parameters: { path: field("Such as src/main.ts") },
      run: ({ path }) => workspace.read(String(path)),
    }),
    tool({
      name: "search",
      description: "Find the lines of all files that hold a text.",
      parameters: { text: field("What to look for, without patterns") },
      run: ({ text }) => workspace.search(String(text)).join("\n") || `Nothing holds ${text}`,
    }),
    tool({
      name: "edit_file",
      description: "Replace a text in a file. The user sees the change and may refuse it.",
      parameters: {
        path: field("Such as src/main.ts"),
        old_text: field("What is replaced: it must be in the file exactly once; empty for a new file"),
        new_text: field("What stands there instead"),
      },
      needsApproval: true,
      run: ({ path, old_text: before, new_text: after }) => {
        workspace.apply(workspace.planEdit(String(path), String(before), String(after)));
        return `Changed ${path}`;
      },
    }),
    tool({
      name: "run_tests",
      description: `Run the tests of the project: ${testCommand.join(" ")}`,
      needsApproval: true,
      run: (_, { signal }) => runTests(testCommand, workspace.root, signal),
    }),
  ];
}

/** Runs the command that the user chose, never one of the model; gives the end of what it says. */
async function runTests([command = "", ...args]: readonly string[], cwd: string, signal: AbortSignal) {
  const child = spawn(command, args, {
    cwd,
    // Keys of the user's environment stay out of what the model reads.
    env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: testTimeoutMs,
    signal,
  });
  let output = "";
  const add = (chunk: Buffer): void => {
    output = (output + chunk).slice(-maxOutput);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  return `${code === 0 ? "passed" : code === null ? "took too long" : `failed with code ${code}`}\n${output}`;
}
