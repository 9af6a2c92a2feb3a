import { pieces } from "./pieces.ts";
import type { TourStep } from "./step.ts";

/** The languages of Llama 3.1, a sentence with one meaning in each. */
const sentences: readonly (readonly [language: string, text: string])[] = [
  ["English", "The lamp of the lighthouse is lit at dusk."],
  ["German", "Die Lampe des Leuchtturms brennt ab der Dämmerung."],
  ["French", "La lampe du phare est allumée au crépuscule."],
  ["Italian", "La lampada del faro si accende al tramonto."],
  ["Portuguese", "A lâmpada do farol acende-se ao anoitecer."],
  ["Hindi", "शाम को प्रकाशस्तंभ का दीपक जलाया जाता है।"],
  ["Spanish", "La lámpara del faro se enciende al anochecer."],
  ["Thai", "ตะเกียงของประภาคารจุดตอนพลบค่ำ"],
];

export const step: TourStep = {
  commands: ({ model }) => [["llamero", "tokenize", "--model", model.name, sentences[0]![1]]],
  async run({ screen, model }) {
    const { loadTokenizer } = await import("@llamero/core");
    const tokenizer = loadTokenizer(model.checkpoint.tokenizer!);
    const counts: Record<string, number> = {};
    for (const [language, text] of sentences) {
      const ids = tokenizer.encode(text);
      if (tokenizer.decode(ids) !== text)
        throw new Error(`${language}: the tokens do not give the text back`);
      counts[language] = ids.length;
      const label = `${language.padEnd(11)}${String(ids.length).padStart(3)}`;
      screen.pieces(`${label}  `, pieces(tokenizer, ids));
    }
    screen.line();
    screen.text(
      `Tokens of a vocabulary of ${tokenizer.vocabSize.toLocaleString("en-US")}. Each list of tokens gave its sentence back to the byte.`,
    );
    return { vocabSize: tokenizer.vocabSize, counts };
  },
};
