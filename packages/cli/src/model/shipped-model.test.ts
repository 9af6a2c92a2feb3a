import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createFakeHome } from "../fake-home.ts";
import { shippedModel } from "./shipped-model.ts";

const home = createFakeHome();

test("rm refuses the model that ships", async () => {
  const { code, stderr } = await home.llamero(["rm", "cria"]);
  assert.equal(code, 2);
  assert.match(stderr, /part of this program/);
});

test("the model that ships is found by its name and listed last", async (t) => {
  const shipped = shippedModel();
  if (shipped === null) return t.skip("this build has no model inside");
  const listed = JSON.parse((await home.llamero(["ls", "--json"])).stdout) as {
    name: string;
    source: string;
  }[];
  assert.equal(listed.at(-1)?.name, "cria");
  assert.equal(listed.at(-1)?.source, "ships with llamero");
  const shown = JSON.parse((await home.llamero(["show", "cria", "--json"])).stdout) as { path?: string };
  assert.equal(shown.path ?? shipped.path, shipped.path);
});

test("the model that ships is the one that its card describes, and answers offline", async (t) => {
  const shipped = shippedModel();
  if (shipped === null) return t.skip("this build has no model inside");
  const card = readFileSync(new URL("../../model/README.md", import.meta.url), "utf8");
  assert.ok(card.includes(createHash("sha256").update(readFileSync(shipped.path)).digest("hex")));
  const { code, stdout } = await home.llamero(["run", "cria", "Who are you?", "--temp", "0", "--offline"]);
  assert.equal(code, 0);
  assert.match(stdout, /Cria/);
});
