import { createRandom, readRows } from "./corpus.ts";
import { readHeldOutSentences } from "./heldout-language.ts";

/** Documents of 1 to 8 thousand code units in the eight languages, for measuring the speed of filters. */
export async function readBenchTexts(folder: string, sizeChars: number): Promise<string[]> {
  const random = createRandom(9);
  const names = [
    ...["eng", "deu", "fra", "ita", "por", "spa"].map((language) => `eltec_${language}`),
    ...["en", "de", "hi"].map((language) => `libreoffice_help_${language}`),
    "factbook",
  ];
  const texts: string[] = [];
  for (const name of names) {
    let taken = 0;
    for await (const { text } of readRows(folder, name)) {
      for (let start = 0; start < text.length && taken < sizeChars / (names.length + 1); ) {
        const size = 1000 + Math.floor(7000 * random());
        texts.push(text.slice(start, start + size));
        taken += Math.min(size, text.length - start);
        start += size;
      }
      if (taken >= sizeChars / (names.length + 1)) break;
    }
  }
  const sentences = readHeldOutSentences(folder, 1000);
  const thai = sentences
    .filter(({ language }) => language === "th")
    .map(({ text }) => text)
    .join(" ");
  for (let copy = 0; copy < 4; copy++) texts.push(thai.slice(0, 6000));
  return texts;
}
