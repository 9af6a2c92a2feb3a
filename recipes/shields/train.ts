import { FeatureExtractor } from "../../packages/stack/src/shields/trained/features.ts";
import type { LinearFile } from "../../packages/stack/src/shields/trained/linear-file.ts";
import { windowsOf } from "../../packages/stack/src/shields/trained/readings.ts";
import { TextClassifier } from "../../packages/stack/src/shields/trained/text-classifier.ts";
import { createRandom } from "../cria/random.ts";
import { makeContentTexts } from "./content-data.ts";
import { type FitOptions, fitLinear, type Sample } from "./fit.ts";
import { bestThreshold, type Scored } from "./measure.ts";
import { makeOwnInjections, makePersonas, vary } from "./own-injections.ts";
import {
  type LabeledText,
  readHarmless,
  readMultilingual,
  readNeuralchemy,
  readSlabs,
  shareOf,
} from "./texts.ts";

/** Shares of texts, by their hash, that the threshold is chosen on and that only measure. */
const tuningShare = 0.12;
const heldOutShare = 0.2;

const injectionFit: FitOptions = { bits: 18, epochs: 12, rate: 0.4, decay: 1e-6 };
const contentFit: FitOptions = { bits: 17, epochs: 8, rate: 0.3, decay: 1e-6 };
const maxFalsePositives = 0.02;
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
  "novels",
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
    if (share < tuningShare && each.source !== "own") parts.tuning.push(each);
    else if (share > 1 - heldOutShare && cut.has(each.source)) parts.heldOut.push(each);
    else parts.training.push(each);
  }
  return parts;
}

/** Injection against the rest, on the training parts of the data and texts of our own. */
export function trainInjection(data: string, seed: number, without?: string): Trained {
  const random = createRandom(seed);
  const all = [
    ...readSlabs(data, "train"),
    ...readNeuralchemy(data, "train"),
    ...readMultilingual(data),
    ...readHarmless(data),
    ...makeOwnInjections(random, 150),
    ...makePersonas(random, 600),
  ].filter(({ source }) => source !== without);
  const { training, tuning, heldOut } = split(all);
  const around = training
    .filter(({ kind, text, source }) => kind === null && text.length < 200 && source !== "slabs")
    .map(({ text }) => text);
  const varied = training
    .filter(({ text }) => text.length < 300)
    .map((each) => ({ ...each, text: vary(each.text, random, around) }));
  const extractor = new FeatureExtractor(injectionFit.bits);
  const toSample =
    (weight: number) =>
    ({ text, kind }: LabeledText): Sample => ({
      buckets: extractor.extract(text.slice(0, 2000)).slice(),
      label: kind === null ? 0 : 1,
      weight,
    });
  // Harmless texts are judged by windows as well, and none of them may look like an attack.
  const windows = training
    .filter(({ kind, text }) => kind === null && text.length > 800)
    .flatMap((each) => windowsOf(each.text).map((text) => ({ ...each, text })));
  const samples = [...training.map(toSample(1)), ...windows.map(toSample(0.5)), ...varied.map(toSample(0.5))];
  const head = fitLinear("prompt_injection", samples, injectionFit, random);
  const file = { bits: injectionFit.bits, threshold: 0.5, heads: [head] };
  const threshold = bestThreshold(scoreAll(file, tuning), maxFalsePositives);
  return { file: { ...file, threshold }, numTexts: samples.length, tuning, heldOut };
}

/** Requests that do harm against the rest, and the kinds of harm against one another. `barred` texts only measure. */
export function trainContent(data: string, seed: number, barred: ReadonlySet<string>): Trained {
  const random = createRandom(seed + 1);
  const own = makeContentTexts(4000, seed + 2);
  const calm = [...readHarmless(data), ...readSlabs(data, "train").filter(({ kind }) => kind === null)];
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
  const extractor = new FeatureExtractor(contentFit.bits);
  const buckets = texts.map(({ text }) => extractor.extract(text.slice(0, 1000)).slice());
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
  const file = { bits: contentFit.bits, threshold: 0.5, heads };
  const all = [...tuning, ...ownTuning];
  const threshold = bestThreshold(scoreAll(file, all), maxFalseRefusals);
  return { file: { ...file, threshold }, numTexts: texts.length, tuning: all, heldOut };
}
