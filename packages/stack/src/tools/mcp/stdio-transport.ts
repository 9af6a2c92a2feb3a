import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Json } from "../../api/json.ts";
import type { RpcMessage, RpcRequest } from "./json-rpc.ts";
import { McpError } from "./mcp-error.ts";
import type { McpLimits } from "./mcp-limits.ts";
import type { Exchange, McpTransport } from "./transport.ts";
import { WaitingAnswers } from "./waiting-answers.ts";

export interface StdioTransportOptions {
  label: string;
  command: string;
  args: readonly string[];
  /** Beside PATH, HOME and the like; secrets of the server's own environment are not handed on. */
  env: Readonly<Record<string, string>>;
  cwd?: string | undefined;
  limits: McpLimits;
}

const inherited = ["PATH", "HOME", "USER", "SHELL", "LANG", "TERM", "TMPDIR", "SystemRoot", "APPDATA"];
const stderrLength = 500;

/** A server that is a process of this machine, one message a line. Only the operator can name one. */
export class StdioTransport implements McpTransport {
  readonly #answers = new WaitingAnswers();
  readonly #child: ChildProcessWithoutNullStreams;
  #stderr = "";
  #line = "";

  constructor(options: StdioTransportOptions) {
    const { label, command, args, env, cwd, limits } = options;
    const kept = inherited.flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    );
    const child = spawn(command, [...args], {
      env: { ...Object.fromEntries(kept), ...env },
      stdio: "pipe",
      ...(cwd !== undefined && { cwd }),
    });
    this.#child = child;
    const fail = (reason: string): void => {
      const said = this.#stderr.trim().replaceAll(/\s+/g, " ");
      this.#answers.fail(
        new McpError(label, `${reason}${said === "" ? "" : `: ${said}`}`, { step: "connect" }),
      );
    };
    child.on("error", (error) => fail(`${command} cannot be started: ${error.message}`));
    child.on("close", (code, signal) => fail(`the process has ended (${signal ?? `exit code ${code}`})`));
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrLength);
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#line + text).split("\n");
      this.#line = lines.pop()!;
      for (const line of lines)
        if (line.trim() !== "") this.#answers.take(line, (reply) => this.#write(reply));
      if (this.#line.length <= limits.answerBytes) return;
      fail(`a line of its output is longer than ${limits.answerBytes} characters`);
      child.kill("SIGKILL");
    });
  }

  setVersion(): void {}

  async send(message: RpcRequest, exchange: Exchange): Promise<RpcMessage> {
    return await this.#answers.wait(message.id, exchange, () => this.#write(message as unknown as Json));
  }

  async notify(message: Json): Promise<void> {
    this.#write(message);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.stdin.end();
    const timers = (["SIGTERM", "SIGKILL"] as const).map((signal, at) =>
      setTimeout(() => child.kill(signal), 500 * (at + 1)),
    );
    await ended;
    for (const timer of timers) clearTimeout(timer);
  }

  #write(message: Json): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }
}
