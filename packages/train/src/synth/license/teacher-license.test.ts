import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTeacherLicense, TeacherLicenseError } from "./teacher-license.ts";

const check = (teacher: string, license: string | null = null, modelName: string | null = null) =>
  checkTeacherLicense(teacher, { license, modelName });

test("checkTeacherLicense refuses a Llama teacher without the naming field, and says why", () => {
  const names = ["Llama-3.2-1B-Instruct", "meta-llama/Llama-3.3-70B-Instruct", "Hermes-3-Llama-3.1-8B"];
  for (const name of names) {
    assert.throws(
      () => check(name),
      (error: unknown) => {
        assert.ok(error instanceof TeacherLicenseError);
        assert.match(
          error.message,
          /name beginning with "Llama" and shows "Built with Llama", but model_name in the recipe is missing/,
        );
        return true;
      },
    );
    assert.throws(() => check(name, null, "Alpaca-1B"), /is Alpaca-1B/);
    const license = check(name, "apache-2.0", "Llama-Mine-1B");
    assert.equal(license.duty!.notice, "Built with Llama");
    assert.equal(license.license, "Llama Community License");
  }
  assert.throws(() => check("some-finetune", "llama3.1"), /name beginning with "Llama"/);
  assert.throws(() => check("Llama-2-7b-chat", null, "Llama-X"), /improve Llama itself only/);
  assert.throws(() => check("Meta-Llama-3-8B-Instruct", null, "Llama-X"), /improve Llama itself only/);
});

test("checkTeacherLicense knows free families and asks for the licence of others", () => {
  assert.deepEqual(check("SmolLM2-135M-Instruct.Q4_1"), {
    teacher: "SmolLM2-135M-Instruct.Q4_1",
    family: "SmolLM",
    license: "Apache-2.0",
    duty: null,
  });
  assert.equal(check("TinyLlama-1.1B-Chat").duty, null);
  assert.throws(() => check("mystery-9b"), /licence of mystery-9b is not known; give it as teacher\.license/);
  assert.equal(check("mystery-9b", "MIT").license, "MIT");
  assert.throws(() => check("Qwen2.5-3B-Instruct"), /is not known/);
});
