import { after, test } from "node:test";
import { assertKeptIn } from "./fake-prey.ts";
import { pythonEscapes } from "./fake-python-escapes.ts";
import { createSandbox } from "./sandbox.ts";

const sandbox = await createSandbox({ megabytes: 128 });
after(() => sandbox[Symbol.asyncDispose]());

test("Sandbox keeps Python in", async (t) => {
  const limits = { language: "python", seconds: 3, megabytes: 128, outputBytes: 10_000 } as const;
  await assertKeptIn(t, sandbox, pythonEscapes, limits);
});

test("Sandbox keeps Python in where the kernel gives no walls", async (t) => {
  const bare = await createSandbox({ megabytes: 128 }, { findCommand: () => null });
  try {
    const limits = { language: "python", seconds: 3, megabytes: 128, outputBytes: 10_000 } as const;
    await assertKeptIn(t, bare, pythonEscapes, limits);
  } finally {
    await bare[Symbol.asyncDispose]();
  }
});
