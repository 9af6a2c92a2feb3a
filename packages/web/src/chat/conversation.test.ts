import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConversation, saveConversation, toMessages } from "./conversation.ts";

test("loadConversation gives back what saveConversation kept", () => {
  let kept: string | null = null;
  const saved = { turns: [{ role: "user" as const, content: "hi" }], system: "Be brief", temperature: 1 };
  saveConversation({ setItem: (_, value) => (kept = value) }, saved);
  assert.deepEqual(loadConversation({ getItem: () => kept }), saved);
  assert.deepEqual(toMessages(saved), [
    { role: "system", content: "Be brief" },
    { role: "user", content: "hi" },
  ]);
});

test("loadConversation starts anew from what it cannot read", () => {
  for (const text of ["{", "null", '{"turns":7}', '{"turns":[{"role":"king"}]}']) {
    assert.deepEqual(loadConversation({ getItem: () => text }).turns, [], text);
  }
});

test("saveConversation tells of a browser that keeps nothing", () => {
  const storage = {
    setItem() {
      throw new Error("QuotaExceededError");
    },
  };
  assert.equal(saveConversation(storage, { turns: [], system: "", temperature: 1 }), false);
});
