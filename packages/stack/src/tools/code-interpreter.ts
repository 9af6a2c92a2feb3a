import type { Sandbox } from "@llamero/eval/sandbox";
import type { Tool } from "./tool.ts";

/** Runs Python or JavaScript in the sandbox; each call starts afresh. */
export function codeInterpreterTool(open: () => Promise<Sandbox>): Tool {
  return {
    name: "code_interpreter",
    description:
      "Run Python or JavaScript code without network or files and get what it prints and the value of its last expression. Nothing is kept between calls.",
    parameters: {
      type: "object",
      properties: {
        code: { type: "string", description: "A whole program" },
        language: { type: "string", enum: ["python", "javascript"], description: "Default python" },
      },
      required: ["code"],
    },
    group: "builtin::code_interpreter",
    needsApproval: false,
    // Its output may repeat what it was given, no more than that.
    untrusted: false,
    async run(args, { signal }) {
      const code = String(args["code"] ?? "");
      const language = args["language"] ?? "python";
      if (language !== "python" && language !== "javascript")
        return { text: `language is ${JSON.stringify(language)}; give python or javascript`, failed: true };
      if (code.trim() === "") return { text: "There is no code; give code", failed: true };
      try {
        const sandbox = await open();
        const result = await sandbox.run({
          language,
          code,
          seconds: 20,
          outputBytes: 65_536,
          signal,
        });
        const value =
          result.value === undefined || result.value === null ? "" : `${JSON.stringify(result.value)}\n`;
        const end = result.ok || result.reason === "done" ? "" : endings[result.reason];
        const text = `${result.stdout}${value}${result.stderr}${end}`.trim();
        return { text: text === "" ? "(no output)" : text, failed: !result.ok };
      } catch (error) {
        if (signal.aborted) throw error;
        return {
          text: `The code could not be run: ${error instanceof Error ? error.message : error}`,
          failed: true,
        };
      }
    },
  };
}

const endings = {
  error: "",
  time: "\nIt took longer than 20 s and was ended",
  memory: "\nIt took more memory than it may and was ended",
  output: "\nIt printed more than 65,536 bytes and was ended",
} as const;
