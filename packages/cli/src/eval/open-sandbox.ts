import type { RunCode } from "@llamero/eval";
import type { Degradation } from "@llamero/kernels";

/** A sandbox for programs that models write, with the walls that this machine lacks. */
export interface OpenedSandbox extends AsyncDisposable {
  runCode: RunCode;
  degraded: readonly Degradation[];
}

export async function openSandbox(): Promise<OpenedSandbox> {
  const { createSandbox, sandboxRunCode } = await import("@llamero/eval/sandbox");
  const sandbox = await createSandbox();
  return {
    runCode: sandboxRunCode(sandbox),
    degraded: sandbox.protections
      .filter(({ isInForce }) => !isInForce)
      .map(({ name, detail }) => ({
        what: "sandbox of code",
        wanted: name,
        used: "without it",
        why: detail,
      })),
    [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
  };
}
