import { readFileSync } from "node:fs";
import { FeatureExtractor } from "../../packages/stack/src/shields/trained/features.ts";
import {
  type LinearFile,
  type LinearHead,
  parseLinear,
} from "../../packages/stack/src/shields/trained/linear-file.ts";
import { partsOf } from "../../packages/stack/src/shields/trained/parts.ts";
import { normalizeText } from "../../packages/stack/src/shields/trained/readings.ts";
import { TextClassifier } from "../../packages/stack/src/shields/trained/text-classifier.ts";
import { createRandom, type Random } from "../cria/random.ts";
import { makeAttacks, makeLookAlikes } from "./attack-families.ts";
import { makeContentTexts, makeTalk } from "./content-data.ts";
import { type FitOptions, fitLinear, logOdds, meanOf, type Sample } from "./fit.ts";
import { bestThreshold, type Scored } from "./measure.ts";
import { makeOwnInjections, makePersonas, vary } from "./own-injections.ts";
import { type LabeledText, readMultilingual, readNeuralchemy, readSlabs, shareOf } from "./texts.ts";

/** Shares of texts, by their hash, that the threshold is chosen on and that only measure. */
const tuningShare = 0.12;
const heldOutShare = 0.2;

const injectionFit: FitOptions = { bits: 18, epochs: 5, rate: 0.4, decay: 1e-6, dropout: 0 };
const contentFit: FitOptions = { bits: 17, epochs: 8, rate: 0.3, decay: 1e-6, dropout: 0.3 };
/** More of the harmless texts that parts may make hits. */
const maxPartFalse = 0.003;
/** How much a text counts: those from lists of words are alike, and the attacks among them are not what others write. */
const weightOf = ({ kind, source }: LabeledText): number =>
  source !== "lists" ? 1 : kind === null ? 0.5 : 0.25;
/** How much a part counts beside a whole text. */
const partWeight = 0.5;
/** A request that is refused for nothing is worse than a note that is wrong. */
const maxFalseRefusals = 0.005;

/** What training made, and what it did not look at. */
export interface Trained {
  file: LinearFile;
  numTexts: number;
  /** What the threshold was chosen on. */
  tuning: readonly LabeledText[];
  heldOut: readonly LabeledText[];
}

/** Sources without a validation part of their own. */
const cut = new Set([
  "multilingual",
  "self-instruct",
  "gsm8k",
  "tldr",
  "help",
  "docs",
  "code",
  "speeches",
  "udhr",
]);

/** The judgments of a classifier as they are made at run time. */
export function scoreAll(file: LinearFile, texts: readonly LabeledText[]): Scored[] {
  const classifier = new TextClassifier(file);
  return texts.map(({ text, kind }) => ({ score: classifier.judge(text).score, isHit: kind !== null }));
}

interface Parts {
  training: LabeledText[];
  tuning: LabeledText[];
  heldOut: LabeledText[];
}

function split(texts: readonly LabeledText[]): Parts {
  const parts: Parts = { training: [], tuning: [], heldOut: [] };
  for (const each of texts) {
    const share = shareOf(each.text);
    if (share < tuningShare && each.source !== "own" && each.source !== "lists") parts.tuning.push(each);
    else if (share > 1 - heldOutShare && cut.has(each.source)) parts.heldOut.push(each);
    else parts.training.push(each);
  }
  return parts;
}

/** Samples of texts as the classifier reads them. */
function createSampler(bits: number): (text: string, kind: string | null, weight: number) => Sample {
  const extractor = new FeatureExtractor(bits);
  return (text, kind, weight) => ({
    buckets: extractor.extract(normalizeText(text.slice(0, 2000))).slice(),
    label: kind === null ? 0 : 1,
    weight,
  });
}

/**
 * Parts of texts as samples: of an attack the part that a first model finds most like one, of a harmless text those,
 * and a few others.
 */
function partSamples(
  texts: readonly LabeledText[],
  head: LinearHead,
  sample: ReturnType<typeof createSampler>,
  random: Random,
): Sample[] {
  return texts.flatMap((each) => {
    const { text, kind } = each;
    const parts = partsOf(normalizeText(text.slice(0, 3000))).map((part) => {
      const made = sample(part, kind, partWeight * weightOf(each));
      return { made, odds: logOdds(head, made.buckets) };
    });
    if (parts.length === 0) return [];
    parts.sort((a, b) => b.odds - a.odds);
    if (kind !== null) return [parts[0]!.made];
    const hardest = parts.splice(0, 2);
    return [...hardest, ...random.sample(parts, Math.min(1, parts.length))].map(({ made }) => made);
  });
}

/** Injection against the rest, on the training parts of the data and texts of our own. */
export function trainInjection(
  data: string,
  harmless: readonly LabeledText[],
  seed: number,
  without?: string,
): Trained {
  const random = createRandom(seed);
  const all = [
    ...readSlabs(data, "train"),
    ...readNeuralchemy(data, "train"),
    ...readMultilingual(data),
    ...harmless,
    ...makeOwnInjections(random, 150),
    ...makePersonas(random, 600),
    ...makeAttacks(random, 3000),
    ...makeLookAlikes(random, 4000),
    ...makeTalk(seed + 3, 500),
  ].filter(({ source }) => source !== without);
  const { training, tuning, heldOut } = split(all);
  const around = training
    .filter(({ kind, text, source }) => kind === null && text.length < 200 && source !== "slabs")
    .map(({ text }) => text);
  const varied = training
    .filter(({ text, source }) => text.length < 300 && (source !== "lists" || random.chance(0.2)))
    .map((each) => ({ ...each, text: vary(each.text, random, around) }));
  // Length is no sign of an attack.
  const joined = Array.from({ length: 1500 }, () =>
    random.sample(around, random.int(2, 5)).join(random.pick([" ", "\n"])),
  );
  const sample = createSampler(injectionFit.bits);
  const samplesOf = (isListed: boolean): Sample[] => [
    ...training
      .filter(({ source }) => (source === "lists") === isListed)
      .map((each) => sample(each.text, each.kind, weightOf(each))),
    ...varied
      .filter(({ source }) => (source === "lists") === isListed)
      .map((each) => sample(each.text, each.kind, 0.5 * weightOf(each))),
  ];
  // The mean of a model of whole texts without the lists, one of all, parts too, and the one that came before.
  const given = samplesOf(false);
  const first = fitLinear("prompt_injection", given, injectionFit, random);
  const samples = [
    ...given,
    ...samplesOf(true),
    ...joined.map((text) => sample(text, null, 0.5)),
    ...partSamples(training, first, sample, random),
  ];
  const fitted = meanOf(first, fitLinear("prompt_injection", samples, injectionFit, random));
  // The earlier model has seen every source.
  const head = without === undefined ? meanOf(fitted, readEarlier()) : fitted;
  const file = setMargin({ bits: injectionFit.bits, threshold: 0.5, heads: [head] }, tuning);
  return { file, numTexts: samples.length, tuning, heldOut };
}

/** The injection classifier of 26 November 2026, 16:42, trained on the same parts of the same sources. */
function readEarlier(): LinearHead {
  const file = readFileSync(new URL("injection-v1.bin", import.meta.url));
  return parseLinear(file, "injection-v1.bin").heads[0]!;
}

/** Chooses how much more a part must be like a hit, so that parts add few false positives to those of whole texts. */
export function setMargin(file: LinearFile, tuning: readonly LabeledText[]): LinearFile {
  const { threshold } = file;
  const scores = scoreAll({ ...file, partMargin: Number.POSITIVE_INFINITY }, tuning);
  const sample = createSampler(file.bits);
  const oddsOfParts = tuning.flatMap(({ text, kind }, at) => {
    if (kind !== null || scores[at]!.score >= threshold) return [];
    const odds = partsOf(normalizeText(text)).map((part) =>
      logOdds(file.heads[0]!, sample(part, null, 1).buckets),
    );
    return [Math.max(...odds)];
  });
  oddsOfParts.sort((a, b) => b - a);
  const most = oddsOfParts[Math.floor(maxPartFalse * oddsOfParts.length)] ?? Number.NEGATIVE_INFINITY;
  const margin = Math.max(0, most - Math.log(threshold / (1 - threshold)));
  return { ...file, partMargin: Number((margin + 0.005).toFixed(2)) };
}

/** Requests that do harm against the rest, and the kinds of harm against one another. `barred` texts only measure. */
export function trainContent(
  data: string,
  harmless: readonly LabeledText[],
  seed: number,
  barred: ReadonlySet<string>,
): Trained {
  const random = createRandom(seed + 1);
  const own = makeContentTexts(4000, seed + 2);
  const calm = [...harmless, ...readSlabs(data, "train").filter(({ kind }) => kind === null)];
  const key = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
      .trim();
  const keys = new Set([...barred].map(key));
  const unbarred = [...own, ...calm].filter(({ text }) => !keys.has(key(text)));
  const { training, tuning, heldOut } = split(unbarred);
  // Of other languages there is too little to keep any apart.
  const ownTuning = training.filter(
    ({ text, source }) => source === "own" && /^[\x20-\x7e]*$/.test(text) && shareOf(text) < tuningShare,
  );
  const used = training.filter((each) => !ownTuning.includes(each));
  const varied = used
    .filter(({ source }) => source === "own")
    .map((each) => ({ ...each, text: vary(each.text, random, ["Hello.", "Hi!", "Please.", "Thanks."]) }));
  const texts = [...used, ...varied];
  const sample = createSampler(contentFit.bits);
  const buckets = texts.map(({ text }) => sample(text.slice(0, 1000), null, 1).buckets);
  const samplesOf = (
    isHit: (kind: string | null) => boolean,
    takes: (kind: string | null) => boolean,
  ): Sample[] =>
    texts.flatMap(({ kind }, at) =>
      takes(kind) ? [{ buckets: buckets[at]!, label: isHit(kind) ? 1 : 0, weight: 1 } satisfies Sample] : [],
    );
  const kinds = [...new Set(texts.map(({ kind }) => kind))].filter((kind) => kind !== null).sort();
  const heads = [
    fitLinear(
      "unsafe",
      samplesOf(
        (kind) => kind !== null,
        () => true,
      ),
      contentFit,
      random,
    ),
    ...kinds.map((code) =>
      fitLinear(
        code,
        samplesOf(
          (kind) => kind === code,
          (kind) => kind !== null,
        ),
        { ...contentFit, epochs: 3 },
        random,
      ),
    ),
  ];
  const all = [...tuning, ...ownTuning];
  const whole: LinearFile = {
    bits: contentFit.bits,
    threshold: 0.5,
    partMargin: Number.POSITIVE_INFINITY,
    heads,
  };
  const threshold = bestThreshold(scoreAll(whole, all), maxFalseRefusals);
  const file = setMargin({ ...whole, threshold }, all);
  return { file, numTexts: texts.length, tuning: all, heldOut };
}
