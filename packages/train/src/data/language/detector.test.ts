import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import type { Language } from "./classes.ts";
import { createLanguageDetector, parseLanguageModel } from "./detector.ts";

const detector = createLanguageDetector();

const SENTENCES: readonly [Language, string][] = [
  ["en", "The neighbours are painting their garden fence this weekend."],
  ["en", "Could you send me the invoice before Friday, please?"],
  ["de", "Der Zug nach Hamburg hatte heute wieder Verspätung."],
  ["de", "Könnten Sie mir bitte bis Freitag die Rechnung schicken?"],
  ["fr", "Nous avons oublié les clés dans la voiture hier soir."],
  ["fr", "Est-ce que tu peux fermer la fenêtre, s'il te plaît ?"],
  ["it", "Domani mattina andiamo al mercato a comprare la frutta."],
  ["it", "Non ho ancora finito di leggere il libro che mi hai dato."],
  ["pt", "Amanhã vou levar o cachorro ao veterinário."],
  ["pt", "Você já pensou em mudar de emprego este ano?"],
  ["es", "Mañana tengo que llevar el coche al taller."],
  ["es", "Los niños juegan en el parque cuando hace buen tiempo."],
  ["hi", "आज सुबह से बहुत तेज़ बारिश हो रही है।"],
  ["hi", "मुझे यह किताब बहुत अच्छी लगी और मैं इसे फिर पढ़ूँगा।"],
  ["th", "วันนี้อากาศร้อนมาก ฉันอยากกินไอศกรีม"],
  ["th", "รถไฟมาถึงสถานีช้าไปสิบนาที"],
  ["other", "De kinderen spelen buiten omdat het mooi weer is."],
  ["other", "Wczoraj wieczorem poszliśmy do kina ze znajomymi."],
  ["other", "Els nens juguen al parc quan fa bon temps i no plou."],
  ["other", "Вчера вечером мы ходили в кино с друзьями."],
  ["other", "子供たちは公園で遊んでいます。"],
  ["other", "मुलांना बागेत खेळायला खूप आवडते आणि ते रोज तिथे जातात."],
];

test("LanguageDetector names the eight languages and other", () => {
  for (const [language, text] of SENTENCES) assert.equal(detector.detect(text).language, language, text);
});

test("LanguageDetector holds against capitals, missing accents, addresses, numbers and emoji", () => {
  for (const [language, text] of SENTENCES) {
    if (language === "other") continue;
    assert.equal(detector.detect(text.toUpperCase()).language, language, text);
    const noisy = `🎉🎉 12.345 https://example.com/the/where/which/?q=this ${text} 2024-01-01 :-)`;
    assert.equal(detector.detect(noisy).language, language, noisy);
    if (language === "hi" || language === "th") continue;
    const plain = text.normalize("NFD").replace(/\p{M}/gu, "");
    assert.equal(detector.detect(plain).language, language, plain);
  }
});

test("LanguageDetector says none without letters and is sure only of clear text", () => {
  assert.deepEqual(detector.detect("12 + 30 = 42 !!! 🎉"), { language: "none", confidence: 1 });
  assert.deepEqual(detector.detect(""), { language: "none", confidence: 1 });
  const long = detector.detect(
    SENTENCES.filter(([l]) => l === "de")
      .map(([, text]) => text)
      .join(" "),
  );
  assert.ok(long.confidence > 0.9, String(long.confidence));
  assert.ok(detector.detect("no, la").confidence < 0.9);
});

test("LanguageDetector reads one window of a text", () => {
  const text = `${SENTENCES[2]![1]} ${SENTENCES[8]![1]}`;
  const cut = SENTENCES[2]![1].length;
  assert.equal(detector.detect(text, 0, cut).language, "de");
  assert.equal(detector.detect(text, cut + 1).language, "pt");
});

test("parseLanguageModel refuses another file", () => {
  assert.throws(
    () => parseLanguageModel(deflateSync(new Uint8Array(100))),
    /Not a language model: 100 bytes/,
  );
});
