import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

function docker(...words: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync("docker", words, {
    cwd: root,
    encoding: "utf8",
    timeout: 800_000,
    maxBuffer: 64 * 2 ** 20,
  });
  return { status, out: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

test("the image is built and serves, read-only and without a network", (t) => {
  if (docker("info").status !== 0) return t.skip("needs a docker daemon");
  const built = docker("build", "--tag", "llamero-test", ".");
  assert.equal(built.status, 0, built.out.slice(-4000));
  const started = docker(
    ..."run --detach --rm --read-only --tmpfs /tmp --network none --env LLAMERO_API_KEY=test llamero-test".split(
      " ",
    ),
  );
  assert.equal(started.status, 0, started.out);
  const id = started.out.split("\n").at(-1)!;
  try {
    const script =
      "const go = async (left) => fetch('http://127.0.0.1:8321/v1/models', { headers: { Authorization: 'Bearer test' } })" +
      ".then(async (r) => console.log(await r.text()), (e) => left > 0 ? new Promise((d) => setTimeout(d, 1000)).then(() => go(left - 1)) : Promise.reject(e)); go(60)";
    const { status, out } = docker("exec", id, "node", "-e", script);
    assert.equal(status, 0, out);
    assert.match(out, /"id":"cria"/);
    assert.equal(docker("exec", id, "id", "-u").out, "10001");
  } finally {
    docker("kill", id);
  }
});
