import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import type { Conversation } from "./conversation.ts";
import { keyOf, makeSkill } from "./make-skill.ts";
import { createRandom } from "./random.ts";
import { skills } from "./skills.ts";
import { firstNames, petNames } from "./words/names.ts";
import { createWorld, partOf } from "./world.ts";

const count = 80;
const made = skills.map(({ name, make }) => ({
  name,
  make,
  train: makeSkill(name, make, { count, seed: 7, split: "train" }).conversations,
  valid: makeSkill(name, make, { count, seed: 7, split: "valid" }).conversations,
}));
const textOf = (conversations: readonly Conversation[]): string =>
  conversations.map((conversation) => JSON.stringify(conversation)).join("\n");

test("makeSkill gives the same conversations for the same seed and others for another", () => {
  for (const { name, make, train } of made) {
    const again = makeSkill(name, make, { count, seed: 7, split: "train" }).conversations;
    assert.deepEqual(again, train, name);
    const other = makeSkill(name, make, { count, seed: 8, split: "train" }).conversations;
    assert.notDeepEqual(other, train, name);
  }
});

test("makeSkill repeats no conversation", () => {
  for (const { name, train } of made) assert.equal(new Set(train.map(keyOf)).size, train.length, name);
});

test("every conversation alternates, ends with the assistant and leaves no slot unfilled", () => {
  for (const { name, train, valid } of made)
    for (const { messages } of [...train, ...valid]) {
      const spoken = messages.filter(({ role }) => role !== "system");
      assert.equal(spoken[0]?.role, "user", name);
      assert.equal(spoken.at(-1)?.role, "assistant", name);
      spoken.forEach(({ role }, index) => {
        if (index > 0) assert.equal(role === "assistant", spoken[index - 1]!.role !== "assistant", name);
      });
      for (const { role, content } of messages) {
        if (role !== "tool") assert.doesNotMatch(content, /\{\w+\}|undefined/, `${name}: ${content}`);
        const isCall = role === "assistant" && content === "";
        assert.ok(isCall || content.trim() === content, `${name}: ${JSON.stringify(content)}`);
      }
    }
});

test("calls of tools fit the schema of a tool that was offered, and their values stand in the request", () => {
  const ajv = new Ajv({ strict: false });
  let calls = 0;
  for (const { messages, tools } of made.find(({ name }) => name === "tools")!.train) {
    let request = "";
    for (const message of messages) {
      if (message.role === "user") request = message.content;
      if (message.role !== "assistant") continue;
      for (const call of message.tool_calls ?? []) {
        calls++;
        const tool = tools?.find((each) => each.function.name === call.function.name);
        assert.ok(tool !== undefined, call.function.name);
        const given = JSON.parse(call.function.arguments) as Record<string, unknown>;
        assert.ok(
          ajv.validate(tool.function.parameters, given),
          `${ajv.errorsText()}: ${call.function.arguments}`,
        );
        for (const value of Object.values(given))
          if (typeof value !== "boolean")
            assert.ok(request.includes(String(value)), `${value} in ${request}`);
      }
    }
  }
  assert.ok(calls > count);
});

test("answers from passages are words of the passage, unless the text does not say", () => {
  for (const { messages } of made.find(({ name }) => name === "passages")!.train) {
    const given = messages
      .filter(({ role }) => role !== "assistant")
      .map(({ content }) => content.toLowerCase())
      .join(" ");
    for (const { role, content } of messages) {
      if (role !== "assistant" || content.startsWith("The text does not say")) continue;
      const words = content.toLowerCase().match(/\p{Lu}?[\p{L}\p{N}]{4,}|\d+/gu) ?? [];
      const missing = words.filter((word) => !given.includes(word));
      assert.ok(missing.length <= 3, `${content} <- ${given}`);
    }
  }
});

test("createWorld keeps names, invented words and names of tools of the two parts apart", () => {
  const worlds = (["train", "valid"] as const).map((split) => createWorld(createRandom(3), split));
  const [train, valid] = worlds.map((world) => {
    const words = Array.from({ length: 800 }, () => [world.person(), world.pet(), world.nonword()]).flat();
    return new Set(words.map((word) => word.toLowerCase()));
  });
  assert.deepEqual(
    [...valid!].filter((word) => train!.has(word)),
    [],
  );
  const toolNames = (part: "train" | "valid"): Set<string> =>
    new Set(
      made
        .find(({ name }) => name === "tools")!
        [part].flatMap(({ tools }) => tools!.map((tool) => tool.function.name))
        .filter((name) => name.includes("_") && /\d|_\w+_/.test(name)),
    );
  const seen = toolNames("train");
  const shared = [...toolNames("valid")].filter((name) => seen.has(name));
  assert.ok(shared.length <= 5, shared.join());
  for (const names of [firstNames, petNames]) assert.ok(partOf(names, "valid").length >= 4);
});

test("training names no person of the held-out part", () => {
  const text = textOf(made.find(({ name }) => name === "chat")!.train);
  // Names that are words too.
  const words = new Set([
    "Will",
    "Mark",
    "Violet",
    "Daisy",
    "Ginger",
    "Grace",
    "Hazel",
    "Lily",
    "Poppy",
    "Rose",
  ]);
  const heldOut = partOf(firstNames, "valid").filter((name) => !words.has(name));
  assert.ok(heldOut.length >= 10);
  assert.deepEqual(
    heldOut.filter((name) => new RegExp(`\\b${name}\\b`).test(text)),
    [],
  );
});
