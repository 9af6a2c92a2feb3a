import { GrammarError } from "./grammar-error.ts";
import { anyInteger, anyNumber, maxExactDigits } from "./json-text.ts";
import {
  alt,
  type Dfa,
  determinize,
  intersect,
  literal,
  minimize,
  Nfa,
  nothing,
  optional,
  type Regular,
  seq,
  toDfa,
} from "./regular.ts";

/** Bounds of a number. */
export interface NumberBounds {
  isInteger: boolean;
  min: number | null;
  isMinExclusive: boolean;
  max: number | null;
  isMaxExclusive: boolean;
  multiplesOf: readonly number[];
}

/** The bounds cannot be written as a regular language. */
export class NumberBoundsError extends GrammarError {}

const zero = 0x30;
/** Most remainders that a divisor may have. */
const maxModulus = 5000;

/**
 * Numbers within bounds as text. With a lower or upper bound there is no exponent, and up to 15 digits, which double
 * precision tells apart.
 */
export function numberText(bounds: NumberBounds): Regular {
  const { isInteger, min, max, multiplesOf } = bounds;
  const isFree = min === null && max === null;
  let text = isFree && multiplesOf.length === 0 ? (isInteger ? anyInteger : anyNumber) : boundedText(bounds);
  for (const divisor of multiplesOf) {
    const multiples: Dfa = isInteger ? integerMultiples(divisor) : decimalMultiples(divisor);
    text = { type: "dfa", dfa: intersect(toDfa(text), multiples) };
  }
  return text;
}

/** Decimal number as digits: value = digits / 10^places. */
interface Decimal {
  isNegative: boolean;
  whole: string;
  fraction: string;
}

function toDecimal(value: number): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null) throw new NumberBoundsError(`${value} is no bound that can be enforced`);
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(1, point);
  return {
    isNegative: sign === "-",
    whole: padded.slice(0, at).replace(/^0+(?=\d)/, ""),
    fraction: padded.slice(at).replace(/0+$/, ""),
  };
}

interface Limit {
  decimal: Decimal;
  isExclusive: boolean;
}

function boundedText(bounds: NumberBounds): Regular {
  const { isInteger, isMinExclusive, isMaxExclusive } = bounds;
  let { min, max } = bounds;
  let [isLowOpen, isHighOpen] = [isMinExclusive, isMaxExclusive];
  if (isInteger) {
    if (min !== null) [min, isLowOpen] = [isMinExclusive ? Math.floor(min) + 1 : Math.ceil(min), false];
    if (max !== null) [max, isHighOpen] = [isMaxExclusive ? Math.ceil(max) - 1 : Math.floor(max), false];
  }
  if (min !== null && max !== null && (min > max || (min === max && (isLowOpen || isHighOpen))))
    return nothing;
  const low = min === null ? null : { decimal: toDecimal(min), isExclusive: isLowOpen };
  const high = max === null ? null : { decimal: toDecimal(max), isExclusive: isHighOpen };
  const isLowNegative = low === null || low.decimal.isNegative;
  const isHighNegative = high?.decimal.isNegative === true;
  const items: Regular[] = [];
  if (!isHighNegative) items.push(magnitudes(isLowNegative ? null : low, high, isInteger));
  // -0.0 and the like are 0 to every reader, so the sign only stands before more than zero.
  if (isLowNegative) {
    const above = isHighNegative ? high : { decimal: toDecimal(0), isExclusive: true };
    items.push(seq(literal("-"), magnitudes(above, low, isInteger)));
  }
  return alt(...items);
}

/** Texts of the numbers from 0 on between two bounds, whose signs do not count. */
function magnitudes(low: Limit | null, high: Limit | null, isInteger: boolean): Regular {
  const nfa = new Nfa();
  const start = nfa.state();
  const end = nfa.state();
  const places = Math.max(low?.decimal.fraction.length ?? 0, high?.decimal.fraction.length ?? 0, 6) + 1;
  const longest = high === null ? (isInteger ? 18 : maxExactDigits) : high.decimal.whole.length;
  for (let length = 1; length <= Math.max(longest, low?.decimal.whole.length ?? 0); length++) {
    const maxPlaces = isInteger ? 0 : Math.min(places, Math.max(0, maxExactDigits - length));
    const lowWhole = low === null || low.decimal.whole.length < length ? null : low.decimal.whole;
    const highWhole = high === null || high.decimal.whole.length > length ? null : high.decimal.whole;
    if ((lowWhole !== null && lowWhole.length > length) || (highWhole !== null && highWhole.length < length))
      continue;
    const states = new Map<string, number>();
    const stateOf = (at: number, isLow: boolean, isHigh: boolean): number => {
      const key = `${at},${isLow},${isHigh}`;
      const known = states.get(key);
      if (known !== undefined) return known;
      const state = nfa.state();
      states.set(key, state);
      return state;
    };
    // "On" a bound: all digits so far are those of the bound.
    const open: [number, boolean, boolean][] = [[0, lowWhole !== null, highWhole !== null]];
    const seen = new Set<string>();
    nfa.epsilon(start, stateOf(...open[0]!));
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      const [at, isLow, isHigh] = each;
      if (seen.has(each.join())) continue;
      seen.add(each.join());
      const from = stateOf(at, isLow, isHigh);
      const isFraction = at >= length;
      if (isFraction) {
        const numPlaces = at - length;
        const lowRest = isLow ? low!.decimal.fraction.slice(numPlaces) : "";
        const highRest = isHigh ? high!.decimal.fraction.slice(numPlaces) : "";
        const isAboveLow = !isLow || (lowRest === "" && !low!.isExclusive);
        const isBelowHigh = !isHigh || highRest !== "" || !high!.isExclusive;
        // A point needs a digit behind it, so the first place is entered below.
        if (isAboveLow && isBelowHigh) nfa.epsilon(from, end);
        if (numPlaces >= maxPlaces) continue;
      }
      const source = at === length ? pointAfter(nfa, from, maxPlaces === 0) : from;
      if (source === null) continue;
      const first = at === 0 && length > 1 ? 1 : 0;
      const lowDigit = isLow ? Number(digitAt(low!.decimal, at, length)) : 0;
      const highDigit = isHigh ? Number(digitAt(high!.decimal, at, length)) : 9;
      for (let digit = Math.max(first, lowDigit); digit <= highDigit; digit++) {
        const next: [number, boolean, boolean] = [
          at + 1,
          isLow && digit === lowDigit,
          isHigh && digit === highDigit,
        ];
        nfa.edge(source, [zero + digit, zero + digit], stateOf(...next));
        open.push(next);
      }
    }
  }
  return { type: "dfa", dfa: minimize(determinize(nfa, start, end)) };
}

function pointAfter(nfa: Nfa, from: number, isLast: boolean): number | null {
  if (isLast) return null;
  const state = nfa.state();
  nfa.edge(from, [0x2e, 0x2e], state);
  return state;
}

function digitAt({ whole, fraction }: Decimal, at: number, length: number): string {
  return (at < length ? whole[at] : fraction[at - length]) ?? "0";
}

/** Integers that are multiples of a divisor, with a remainder as state. */
function integerMultiples(divisor: number): Dfa {
  if (!Number.isInteger(divisor)) {
    // An integer is a multiple of p/q just if it is one of p.
    const { whole, fraction } = toDecimal(divisor);
    let p = BigInt(whole + fraction);
    let q = 10n ** BigInt(fraction.length);
    for (let [a, b] = [p, q]; ; [a, b] = [b, a % b])
      if (b === 0n) {
        [p, q] = [p / a, q / a];
        break;
      }
    return remainders(Number(p), 0);
  }
  return remainders(divisor, 0);
}

function decimalMultiples(divisor: number): Dfa {
  const { whole, fraction } = toDecimal(divisor);
  return remainders(Number(whole + fraction), fraction.length);
}

/** Numbers of up to `places` decimals whose digits, filled up to that many, are a multiple of `modulus`. */
function remainders(modulus: number, places: number): Dfa {
  if (!(modulus >= 1 && modulus <= maxModulus))
    throw new NumberBoundsError(`its digits must be from 1 to ${maxModulus} to be enforced`);
  const nfa = new Nfa();
  const start = nfa.state();
  const end = nfa.state();
  const layers = Array.from({ length: places + 2 }, () => Array.from({ length: modulus }, () => nfa.state()));
  const first = nfa.add(start, optional(literal("-")));
  // Layer 0 is the whole part; layer i + 1 has i decimals.
  nfa.epsilon(first, layers[0]![0]!);
  for (const [layer, states] of layers.entries()) {
    const numPlaces = Math.max(0, layer - 1);
    const scale = Number(10n ** BigInt(places - numPlaces) % BigInt(modulus));
    for (const [remainder, state] of states.entries()) {
      if ((remainder * scale) % modulus === 0 && layer !== 1) nfa.epsilon(state, end);
      if (layer === 0 && places > 0) nfa.edge(state, [0x2e, 0x2e], layers[1]![remainder]!);
      const target = layer === 0 ? layers[0] : layers[layer + 1];
      if (target === undefined) continue;
      for (let digit = 0; digit < 10; digit++)
        nfa.edge(state, [zero + digit, zero + digit], target[(remainder * 10 + digit) % modulus]!);
    }
  }
  return minimize(determinize(nfa, start, end));
}
