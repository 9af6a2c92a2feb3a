import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { modelPath } from "../packages/core/src/testdata.ts";

test("recipes/distill.ts makes an evaluated student that is closer to its teacher than the control", (t) => {
  const name = "SmolLM2-135M-Instruct.Q4_1.gguf";
  const teacher = modelPath(name);
  if (teacher === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "llamero-distill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const source = ["--conditions=@llamero/source", "--import", "tsx"];
  const script = fileURLToPath(new URL("./distill.ts", import.meta.url));
  const budget = [
    "--conversations",
    "100",
    "--layers",
    "6",
    "--steps",
    "8",
    "--batch-tokens",
    "1024",
    "--limit",
    "4",
  ];
  execFileSync(process.execPath, [...source, script, "--teacher", teacher, "--out", folder, ...budget], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { heldOut, scores } = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as {
    heldOut: Record<"start" | "distilled" | "control", { validationKl: number }>;
    scores: Record<string, Record<string, number>>;
  };
  assert.ok(heldOut.distilled.validationKl < heldOut.start.validationKl);
  assert.ok(heldOut.distilled.validationKl < heldOut.control.validationKl);
  assert.deepEqual(Object.keys(scores), ["teacher", "distilled", "control"]);
});
