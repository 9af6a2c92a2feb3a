import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf, readProviderData } from "./provider-data.ts";

test("readProviderData takes keys of providers and nothing else, and shows none of them", () => {
  const data = readProviderData('{"groq_api_key":"abc","my_vllm_api_token":"def"}');
  assert.equal(keyOf(data, "fast", "groq"), "abc");
  assert.equal(keyOf(data, "my-vllm", "vllm"), "def");
  assert.equal(keyOf(data, "x", "openai"), null);
  assert.equal(keyOf(readProviderData(undefined), "__proto__", "toString"), null);
  // Clients send what other providers want as well; nothing but keys is taken.
  const others = readProviderData('{"__test_id":"t","vllm_url":"http://x","groq_api_key":"abc"}');
  assert.deepEqual({ ...others }, { groq_api_key: "abc" });
  const refused: [string, RegExp][] = [
    ["secret", /is not JSON/],
    ['"secret"', /is no object/],
    ['["secret"]', /is no object/],
    ['{"groq_api_key":["secret"]}', /no usable key in groq_api_key/],
    ['{"groq_api_key":"secret\\r\\nx: y"}', /no usable key in groq_api_key/],
    [`{"groq_api_key":"${"secret".repeat(2000)}"}`, /longer than 8192/],
  ];
  for (const [header, message] of refused) {
    assert.throws(
      () => readProviderData(header),
      (error: Error) => message.test(error.message) && !error.message.includes("secret"),
      header.slice(0, 60),
    );
  }
});
