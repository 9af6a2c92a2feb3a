import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RefusedRequestError, setOffline } from "@llamero/core/net/policy";
import { request } from "@llamero/core/net/request";
import { ScriptedModel } from "../scripted-model.ts";
import { AuditLog, readAuditLog } from "./audit-log.ts";
import { demoModel } from "./demo.ts";
import { showStay } from "./show-stay.ts";
import { HospitalSummarizer } from "./summarizer.ts";
import { PatientVault } from "./vault.ts";

const { signal } = new AbortController();
const notes = readFileSync(new URL("notes/internacao.txt", import.meta.url), "utf8");
/** What says who somebody is, in the sample. */
const identifiers =
  /helena|matos|ferreira|rosa|paulo|camila|prado|529\.?982|22472|7004001|700 4001|95555|00481516|99999|acácias|1951/i;

/** A summarizer with a log of its own. */
function open(t: TestContext, model = demoModel()): { path: string; summarizer: HospitalSummarizer } {
  const folder = mkdtempSync(join(tmpdir(), "hospital-summary-"));
  const path = join(folder, "audit.jsonl");
  const summarizer = new HospitalSummarizer(model, new AuditLog(path));
  t.after(() => {
    summarizer[Symbol.dispose]();
    setOffline(null);
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, summarizer };
}

/** What the log says, without hashes and ids, in which any digits may happen. */
const wordsOf = (path: string): string =>
  JSON.stringify(
    readAuditLog(path).map(({ event, details }) => [
      event,
      Object.entries(details).filter(([, value]) => !/^[0-9a-f-]{36,64}$/.test(String(value))),
    ]),
  );

test("no identifier of the sample reaches the model or the log, and the summary has the names again", async (t) => {
  const model = demoModel();
  const { path, summarizer } = open(t, model);
  const stay = await summarizer.summarize(notes, signal);
  assert.match(notes, identifiers);
  assert.doesNotMatch(JSON.stringify(model.prompts), identifiers);
  assert.doesNotMatch(wordsOf(path), identifiers);
  assert.match(String(stay.summary.motivo), /^Helena Matos Ferreira, 75 anos/);
  assert.match(String(stay.summary.seguimento), /Camila Prado.*Paulo Ferreira/);
  assert.deepEqual(stay.madeUp, []);
  assert.match(showStay(stay), /Losartana 50 mg/);
  const events = readAuditLog(path).map(({ event }) => event);
  assert.deepEqual(events, ["redacted", "asked", "answered", "restored"]);
});

test("PatientVault hides names without accents and in capitals, numbers with slips, and gives them back", () => {
  const vault = new PatientVault();
  const text = `Paciente: José Antônio da Conceição\nDN 01/02/1960. CPF 111.222.333-44, SUS: 123 4567 8901 2345.
JOSE ANTONIO acamado; seu José mora na Travessa do Sol 4\nTel. 21 2555-0101, jose@exemplo.com.br, 01/02/1960. CONCEIÇÃO Lima Duarte é a vizinha, 12345678901. Dra. Lu\u0301cia.`;
  const redacted = vault.redact(text);
  assert.doesNotMatch(
    redacted,
    /jos[ée]|ant[oô]nio|concei|lu\u0301?cia|lúcia|1960|111|123|2555|exemplo|travessa/i,
  );
  assert.match(redacted, /^Paciente: \[PACIENTE\]\nDN \[NASCIMENTO_1\]\. CPF \[CPF_1\], SUS: \[SUS_1\]\./);
  assert.match(redacted, /\[PACIENTE\] acamado/);
  assert.equal(
    vault.restore("[CPF_1] [SUS_1] [TELEFONE_9]"),
    "111.222.333-44 123 4567 8901 2345 [TELEFONE_9]",
  );
});

test("what the vault misses stops the summary before the model", async (t) => {
  const model = demoModel();
  const { path, summarizer } = open(t, model);
  const redact = t.mock.method(PatientVault.prototype, "redact", (text: string) => text);
  await assert.rejects(summarizer.summarize(notes, signal), /still name somebody.*Nothing was sent/);
  assert.equal(redact.mock.callCount(), 1);
  assert.deepEqual(model.prompts, []);
  assert.doesNotMatch(wordsOf(path), identifiers);
});

test("the network is closed, and whoever tries is in the log", async (t) => {
  const { path } = open(t);
  await assert.rejects(
    request("https://cloud.example/notes", { purpose: "test", access: "any" }),
    (error: Error) => error instanceof RefusedRequestError && /Offline/.test(error.message),
  );
  assert.deepEqual(
    readAuditLog(path).map(({ event, details }) => [event, details["origin"]]),
    [["network", "https://cloud.example"]],
  );
});

test("numbers that are not in the notes are named, and a broken summary is an error", async (t) => {
  const reply = { motivo: "Febre de 41,5 °C", diagnosticos: [], evolucao: "", procedimentos: [] };
  const wrong = new ScriptedModel(() =>
    JSON.stringify({ ...reply, medicacao_de_alta: ["Losartana 500 mg"], seguimento: "10 dias" }),
  );
  const { madeUp } = await open(t, wrong).summarizer.summarize(notes, signal);
  assert.deepEqual(madeUp, ["41,5", "500"]);
  const broken = new ScriptedModel(() => "{");
  await assert.rejects(open(t, broken).summarizer.summarize(notes, signal), SyntaxError);
});

test("readAuditLog finds lines that were changed, taken out, moved, added or cut off", (t) => {
  const { path } = open(t);
  const log = new AuditLog(path);
  for (const event of ["a", "b", "c"]) log.append(event, { number: 1 });
  new AuditLog(path).append("d", {});
  const { hash: head } = readAuditLog(path).at(-1)!;
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const [a, b, c, d] = lines as [string, string, string, string];
  const { length } = readAuditLog(path, head);
  assert.equal(length, 4);
  const tampered: Readonly<Record<string, readonly string[]>> = {
    changed: [a, b.replace('"number":1', '"number":9'), c, d],
    renamed: [a, b.replace('"event":"b"', '"event":"x"'), c, d],
    "taken out": [a, c, d],
    moved: [a, c, b, d],
    added: [a, b, c, d, d],
    "cut off": [a, b, c],
    emptied: [],
    nonsense: [a, "{", c, d],
  };
  for (const [name, lines] of Object.entries(tampered)) {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    assert.throws(() => readAuditLog(path, head), /tampered with/, name);
  }
  assert.throws(() => new AuditLog(path), /line 2 is no entry/);
  writeFileSync(path, `${a}\n{"number":2`);
  assert.throws(() => new AuditLog(path), /middle of a line/);
});
