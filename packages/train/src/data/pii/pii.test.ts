import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../tools/corpus.ts";
import { plantPii } from "../../../tools/planted-pii.ts";
import { findPii, redact } from "./redact.ts";
import { createPii } from "./stage.ts";

test("findPii finds planted personal data with precision and recall of 0.95", (t) => {
  const counts = { found: 0, wrong: 0, missed: 0 };
  for (const { kind, value, text } of plantPii(createRandom(3), 60)) {
    const finds = findPii(text);
    const start = text.indexOf(value);
    const isHit = (at: { start: number; end: number; kind: string }): boolean =>
      at.kind === kind && at.start <= start && at.end >= start + value.length;
    const hit = kind !== null && finds.some(isHit);
    if (hit) counts.found++;
    else if (kind !== null) counts.missed++;
    const wrong = finds.length - (hit ? 1 : 0);
    counts.wrong += wrong;
    if (wrong > 0 || (kind !== null && !hit)) t.diagnostic(`${kind}: ${text} -> ${redact(text).text}`);
  }
  const precision = counts.found / (counts.found + counts.wrong);
  const recall = counts.found / (counts.found + counts.missed);
  t.diagnostic(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`);
  assert.ok(precision >= 0.95 && recall >= 0.95, `precision ${precision}, recall ${recall}`);
});

test("redact leaves the text around a find, and reserved addresses unless told otherwise", () => {
  assert.equal(redact("Ask anna@mailbox.de, or 192.168.0.1.").text, "Ask <EMAIL>, or 192.168.0.1.");
  assert.equal(redact("or 192.168.0.1.", { keepsReserved: false }).text, "or <IP>.");
  assert.equal(redact("anna@mailbox.de", { kinds: ["phone"] }).found.length, 0);
  assert.deepEqual(redact("nothing here").found, []);
  assert.equal(
    redact("CNS 700 4001 2345 6704, not 700 4001 2345 6705.").text,
    "CNS <ID>, not 700 4001 2345 6705.",
  );
});

test("pii drops texts full of personal data and redacts the others", () => {
  const document = (text: string) => ({ id: "", text, source: "", meta: {} });
  const list = document("anna@a.de bert@b.de carl@c.de dora@d.de emil@e.de");
  const dropped = createPii({}).apply(list);
  assert.ok(!dropped.keep && dropped.reason === "personal data");
  const kept = createPii({ minFinds: 9 }).apply(list);
  assert.ok(kept.keep && kept.changed === "5 email" && !kept.document.text.includes("@"));
  assert.throws(() => createPii({ kinds: ["shoe size"] }), /kinds takes a list/);
});

test("findPii takes time in proportion to hostile texts", () => {
  const before = process.cpuUsage();
  for (const piece of ["+1", "1 ", "a@", "1.", "a:", "(1)", "Aa ", "12-", "tel 1", "rue a "])
    findPii(piece.repeat(20_000));
  // Time of the processor: what else the machine does takes none of it.
  assert.ok(process.cpuUsage(before).user < 5e6);
});
