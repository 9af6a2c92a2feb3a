import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { charTables } from "./char-classes.ts";
import { above, filterStage, type Reason, readFilterOptions } from "./filter-options.ts";
import { scanText } from "./text-scan.ts";

/**
 * Words of pornographic pages, a few a language. Short on purpose: words of anatomy, health, love and of groups of
 * people are not in it, since lists that hold them remove the texts about these people and topics.
 */
export const ADULT_WORDS: readonly string[] = [
  ..."porn porno pornography xxx hentai milf milfs blowjob blowjobs cumshot gangbang bukkake creampie fuck fucking fucked pussy".split(
    " ",
  ),
  ..."ficken fickt muschi wichsen fotze baise baiser salope branlette bite chatte cazzo figa troia pompino scopare".split(
    " ",
  ),
  ..."puta putaria buceta boquete gozada follar polla mamada corrida coño चुदाई लंड चूत".split(" "),
];

const THAI_ADULT_WORDS: readonly string[] = ["หนังโป๊", "คลิปโป๊", "เย็ด"];

/** More than `maxCount` hits that are also more than `maxShare` of the words drop a text. */
export const WORD_LIST_DEFAULTS = {
  words: [] as readonly string[],
  useBuiltIn: true,
  maxCount: 3,
  maxShare: 0.005,
} as const;

/** Drops texts by how often words of a list stand in them; one hit, as in a quotation or a dictionary, is never enough. */
export function createWordList(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("word-list", written, WORD_LIST_DEFAULTS);
  const { fold } = charTables();
  const hashes = new Set<number>();
  const anywhere = options.useBuiltIn ? [...THAI_ADULT_WORDS] : [];
  for (const word of [...(options.useBuiltIn ? ADULT_WORDS : []), ...options.words]) {
    if (/[\u0e00-\u0e7f]/.test(word)) {
      anywhere.push(word);
      continue;
    }
    let hash = 0;
    for (let at = 0; at < word.length; at++)
      hash = Math.imul(hash ^ fold[word.charCodeAt(at)]!, 0x01000193) + 0x2f0b4a27;
    hashes.add(hash | 0);
  }
  // Most words are settled by one bit of a small table.
  const bits = new Uint8Array(8192);
  for (const hash of hashes) bits[hash & 8191] = 1;
  return filterStage("word-list", options, (document): Reason => {
    const scan = scanText(document.text);
    const { numWords, wordHash } = scan;
    let count = 0;
    for (let word = 0; word < numWords; word++) {
      const hash = wordHash[word]!;
      if (bits[hash & 8191] === 1 && hashes.has(hash)) count++;
    }
    if (scan.thaiLetters > 0) {
      for (const word of anywhere) {
        for (let at = document.text.indexOf(word); at >= 0; at = document.text.indexOf(word, at + 1)) count++;
      }
    }
    const share = count / Math.max(numWords, 1);
    if (count <= options.maxCount || share <= options.maxShare) return null;
    return {
      reason: "words of the list",
      detail: `${count} words; ${above(share, options.maxShare)} of all`,
    };
  });
}
