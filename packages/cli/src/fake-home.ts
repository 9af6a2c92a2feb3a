import { mkdtempSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import { modelPath } from "../../core/src/testdata.ts";
import { callCommand, type Outcome } from "./fake-terminal.ts";

/** The folder of everything kept, for the tests of one file. */
export interface FakeHome {
  path: string;
  /** Runs the command in this home. */
  llamero(words: readonly string[], options?: Parameters<typeof callCommand>[1]): Promise<Outcome>;
  /** Whether the store has SmolLM2, as `smol`; skips the test if not. */
  needsModel(t: TestContext): boolean;
}

/** Makes a home for as long as the tests of a file run. Tests only. */
export function createFakeHome(): FakeHome {
  const model = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
  const path = mkdtempSync(join(tmpdir(), "llamero-home-"));
  before(async () => {
    await mkdir(join(path, "models"));
    if (model !== null) await symlink(model, join(path, "models", "smol.gguf"));
  });
  after(() => rm(path, { recursive: true, force: true }));
  return {
    path,
    llamero: (words, options = {}) =>
      callCommand(words, { ...options, env: { LLAMERO_HOME: path, HF_TOKEN: "", ...options.env } }),
    needsModel(t) {
      if (model === null) t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
      return model !== null;
    },
  };
}
