import type { DropStage } from "../kind.ts";

/** What a rule looks at. */
export interface RuleText {
  prompt: string;
  answer: string;
}

/** A reason to drop a record, with the words that gave it. */
export interface RuleHit {
  stage: DropStage;
  reason: string;
  detail: string;
}

/** How answers begin that refuse, or that speak of the model instead of the matter; in the eight languages. */
const refusals: readonly RegExp[] = [
  /^.{0,60}\bI(?:['’]m| am) (?:really |very )?sorry,? (?:but )?(?:I|as)\b/i,
  /^.{0,80}\bI (?:can(?:no|['’])t|am unable to|am not able to|won['’]t) (?:help|assist|provide|fulfil|answer|do that|comply|create)/i,
  /\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b/i,
  /^.{0,40}Es tut mir leid,? aber|\bals (?:KI|Sprachmodell)\b/i,
  /^.{0,40}Je suis désolée?,? mais|\ben tant qu['’](?:IA|intelligence artificielle|assistant)\b/i,
  /^.{0,40}Lo siento,? (?:pero|no puedo)|\bcomo (?:una )?(?:IA|inteligencia artificial|modelo de lenguaje)\b/i,
  /^.{0,40}(?:Desculpe|Sinto muito),? (?:mas|não posso)|\bcomo (?:uma )?(?:IA|inteligência artificial|modelo de linguagem)\b/i,
  /^.{0,40}Mi dispiace,? ma|\b(?:come|in quanto) (?:IA|intelligenza artificiale|modello linguistico)\b/i,
  /^.{0,40}(?:मुझे खेद है|क्षमा करें),? ?(?:लेकिन|मैं)|एक (?:एआई|भाषा मॉडल)/,
  /^.{0,40}(?:ขออภัย|ขอโทษ).{0,20}(?:ไม่สามารถ)|ในฐานะ(?:โมเดลภาษา|ปัญญาประดิษฐ์)/,
];

const placeholder =
  /\[(?:insert|your|name|date|company|placeholder|link|address|todo)\b[^\]\n]{0,60}\]|<(?:insert|your)[ _-][^>\n]{0,60}>|\{\{[^}\n]{1,60}\}\}|lorem ipsum|\bTODO\b|\bXXX+\b/i;

const leakage =
  /<\|[\w-]{2,40}\|>|\[\/?INST\]|<<\/?SYS>>|^#{2,3} ?(?:Instruction|Response|Input):?\s*$|^(?:user|human|assistant|system) ?:|Reply with one JSON object/im;

type Rule = (text: RuleText, limits: Limits) => { reason: string; detail: string } | null;

interface Limits {
  minPromptCharacters: number;
  maxPromptCharacters: number;
  minAnswerCharacters: number;
  maxAnswerCharacters: number;
}

const rules: readonly Rule[] = [
  ({ prompt, answer }, limits) => {
    const length = (reason: string, text: string) => ({ reason, detail: `${text.length} characters` });
    if (prompt.length < limits.minPromptCharacters) return length("prompt too short", prompt);
    if (prompt.length > limits.maxPromptCharacters) return length("prompt too long", prompt);
    if (answer.length < limits.minAnswerCharacters) return length("answer too short", answer);
    if (answer.length > limits.maxAnswerCharacters) return length("answer too long", answer);
    return null;
  },
  ({ answer }) => found("refusal", answer.slice(0, 400), refusals),
  (text) => found("template leakage", proseOf(text), [leakage]),
  (text) => found("placeholder", proseOf(text), [placeholder]),
  ({ answer }) => {
    const loop = findLoop(answer);
    return loop === null ? null : { reason: "repetition loop", detail: loop.slice(0, 80) };
  },
];

/** The first rule that a record breaks. */
export function findRuleHit(text: RuleText, limits: Limits): RuleHit | null {
  for (const rule of rules) {
    const hit = rule(text, limits);
    if (hit !== null) return { stage: "rules", ...hit };
  }
  return null;
}

/** Both texts without blocks of code, where brackets mean something else. */
function proseOf({ prompt, answer }: RuleText): string {
  return `${prompt}\n${answer}`.replace(/```[\s\S]*?```/g, " ");
}

function found(
  reason: string,
  text: string,
  patterns: readonly RegExp[],
): { reason: string; detail: string } | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return { reason, detail: match[0].slice(0, 80) };
  }
  return null;
}

/** Characters at the end in which a repeated unit is looked for. */
const tailCharacters = 1200;
const maxUnit = 200;

/** What an answer repeats without end: a unit with letters five times at its end, or runs of eight words. */
export function findLoop(text: string): string | null {
  const tail = text.trimEnd().slice(-tailCharacters);
  for (let unit = 2; unit <= Math.min(maxUnit, tail.length / 5); unit++) {
    const start = tail.length - 5 * unit;
    let at = tail.length - 1;
    while (at - unit >= start && tail[at] === tail[at - unit]) at--;
    if (at - unit < start && /\p{L}/u.test(tail.slice(-unit)) && new Set(tail.slice(-unit)).size > 1)
      return tail.slice(-unit).trim();
  }
  const words = text.split(/\s+/);
  if (words.length < 48) return null;
  const seen = new Set<string>();
  let repeated = 0;
  let first: string | null = null;
  for (let at = 0; at + 8 <= words.length; at++) {
    const run = words.slice(at, at + 8).join(" ");
    if (seen.has(run)) {
      repeated++;
      first ??= run;
    }
    seen.add(run);
  }
  return repeated > 0.3 * (words.length - 7) ? first : null;
}
