import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, readTree, runYaml } from "./fake-run.ts";

/** Runs a curation in a process of its own; kills it after a time where one is given. Returns whether it finished. */
async function runChild(
  folder: string,
  output: string,
  workers: number,
  killAfterMs: number | null,
): Promise<boolean> {
  const program = `
    import { readFileSync } from "node:fs";
    import { curate } from ${JSON.stringify(new URL("./curate.ts", import.meta.url).href)};
    import { parseCurateConfig } from ${JSON.stringify(new URL("./config.ts", import.meta.url).href)};
    const config = parseCurateConfig(readFileSync("run.yaml", "utf8"), "run.yaml");
    config.output.folder = ${JSON.stringify(join(folder, output))};
    process.send("started");
    await curate(config, { workers: ${workers} });`;
  const flags = [
    "--conditions=@llamero/source",
    "--import",
    import.meta.resolve("tsx"),
    "--input-type=module",
  ];
  const child = spawn(process.execPath, [...flags, "-e", program], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const closed = once(child, "close");
  if (killAfterMs !== null) {
    await Promise.race([once(child, "message"), closed]);
    setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  }
  const [code, signal] = (await closed) as [number | null, string | null];
  assert.equal(code === 0 || signal === "SIGKILL", true, `ended with ${code} ${signal}`);
  return code === 0;
}

test("a curation killed at any time ends with the bytes of one that was not", async (t) => {
  const folder = makeFolder(t, 4000);
  writeFileSync(join(folder, "run.yaml"), runYaml("mix: {targets: {a: 1, b: 2}, maxEpochs: 2.5}"));
  const startedAt = performance.now();
  assert.equal(await runChild(folder, "whole", 1, null), true);
  const wholeMs = performance.now() - startedAt;
  const whole = readTree(join(folder, "whole"));
  let seed = 1;
  let kills = 0;
  // More rounds where the machine was so much faster than at first that nothing was left to kill.
  for (let round = 0; round < 3 || (kills < 4 && round < 12); round++) {
    const output = `killed-${round}`;
    for (let tries = 0; ; tries++) {
      seed = (seed * 48271) % 2147483647;
      // The last try is left alone, so that a slow machine ends as well.
      const after = tries === 8 ? null : (seed / 2147483647) * wholeMs * 0.6;
      if (await runChild(folder, output, Math.min(round, 2), after)) break;
      kills++;
    }
    const tree = readTree(join(folder, output));
    assert.deepEqual([...tree.keys()].sort(), [...whole.keys()].sort());
    assert.deepEqual(
      [...tree].filter(([name, content]) => content !== whole.get(name)).map(([name]) => name),
      [],
    );
  }
  t.diagnostic(`${kills} kills`);
  assert.equal(kills >= 4, true);
});
