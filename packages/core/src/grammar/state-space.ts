import type { Automaton } from "./automaton.ts";

/** Frame below the root rule. */
export const bottomFrame = 0;
/** Frame below which the stack is not known. */
export const unknownFrame = 1;

/** No state: the text cannot be continued. */
export const dead = -1;
const notComputed = -2;
/** Counters that never run out. */
export const endless = -1;

/** Where an automaton may be: a state of it and the stack of calls below. */
export interface Config {
  state: number;
  frame: number;
}

/**
 * States of a pushdown automaton after a text: sets of configurations, interned, so that a state is a number, equal
 * states are equal numbers, and transitions are computed once. Stacks are interned lists and shared.
 */
export class StateSpace {
  readonly automaton: Automaton;
  readonly start: number;
  /** Of each frame: the frame below, the state to go on in, and for counted calls the times still needed and left. */
  readonly frameBelow: number[] = [-1, -1];
  readonly frameReturn: number[] = [-1, -1];
  readonly frameNeed: number[] = [0, 0];
  /** 0 for a call without a counter, `endless`, or the times left, the current one included. */
  readonly frameLeft: number[] = [0, 0];
  /** Start of the rule that a counted call repeats. */
  readonly frameStart: number[] = [-1, -1];
  /** Of each state: its configurations as state and frame in turns. */
  readonly configs: Int32Array[] = [];
  /** The whole text may end here. */
  readonly isComplete: boolean[] = [];
  /** The text may go on below the unknown frame. */
  readonly escapes: boolean[] = [];
  readonly rows: Int32Array[] = [];
  readonly #frames = new Map<string, number>();
  readonly #states = new Map<string, number>();
  readonly #continuations = new Map<number, number>();

  constructor(automaton: Automaton) {
    this.automaton = automaton;
    this.start = this.close([{ state: automaton.start, frame: bottomFrame }]);
  }

  /** Number of states so far. */
  get size(): number {
    return this.configs.length;
  }

  /** State after one more byte, or `dead`. */
  step(id: number, byte: number): number {
    const symbol = this.automaton.byteClass[byte]!;
    const known = this.rows[id]![symbol]!;
    if (known !== notComputed) return known;
    const { next, numClasses } = this.automaton;
    const configs = this.configs[id]!;
    const moved: Config[] = [];
    for (let i = 0; i < configs.length; i += 2) {
      const state = next[configs[i]! * numClasses + symbol]!;
      if (state >= 0) moved.push({ state, frame: configs[i + 1]! });
    }
    const target = moved.length === 0 ? dead : this.close(moved);
    this.rows[id]![symbol] = target;
    return target;
  }

  /** State after some bytes, or `dead`. */
  advance(id: number, bytes: Uint8Array): number {
    let state = id;
    for (let i = 0; i < bytes.length && state !== dead; i++) state = this.step(state, bytes[i]!);
    return state;
  }

  /** State of configurations and of all that they lead to without a byte. */
  close(seeds: readonly Config[]): number {
    const { accepting, calls, next, numClasses } = this.automaton;
    const open = [...seeds];
    const seen = new Set<number>();
    const found: Config[] = [];
    let isComplete = false;
    let escapes = false;
    for (let config = open.pop(); config !== undefined; config = open.pop()) {
      const { state, frame } = config;
      const key = frame * 0x1000000 + state;
      if (seen.has(key)) continue;
      seen.add(key);
      if (hasEdge(next, state * numClasses, numClasses)) found.push(config);
      for (const { start, to, times } of calls[state]!) {
        if (times !== null) {
          const left = times.max === Number.POSITIVE_INFINITY ? endless : times.max;
          open.push({ state: start, frame: this.frame(frame, to, { start, need: times.min, left }) });
          // A call at the end of a rule needs no way back.
        } else if (
          accepting[to] === 1 &&
          calls[to]!.length === 0 &&
          !hasEdge(next, to * numClasses, numClasses)
        ) {
          open.push({ state: start, frame });
        } else open.push({ state: start, frame: this.frame(frame, to) });
      }
      if (accepting[state] === 0) continue;
      if (frame === bottomFrame) isComplete = true;
      else if (frame === unknownFrame) escapes = true;
      else open.push(...this.#return(frame));
    }
    return this.intern(found, isComplete, escapes);
  }

  #return(frame: number): Config[] {
    const below = this.frameBelow[frame]!;
    const to = this.frameReturn[frame]!;
    const left = this.frameLeft[frame]!;
    if (left === 0) return [{ state: to, frame: below }];
    const start = this.frameStart[frame]!;
    const need = Math.max(0, this.frameNeed[frame]! - 1);
    const found: Config[] = [];
    if (need === 0) found.push({ state: to, frame: below });
    if (left !== 1)
      found.push({
        state: start,
        frame: this.frame(below, to, { start, need, left: left === endless ? endless : left - 1 }),
      });
    return found;
  }

  /** Interned frame; with a counter for a call that is made several times. */
  frame(below: number, to: number, counter?: { start: number; need: number; left: number }): number {
    const { start = -1, need = 0, left = 0 } = counter ?? {};
    const key = `${below},${to},${start},${need},${left}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const id = this.frameBelow.push(below) - 1;
    this.frameReturn.push(to);
    this.frameStart.push(start);
    this.frameNeed.push(need);
    this.frameLeft.push(left);
    this.#frames.set(key, id);
    return id;
  }

  intern(configs: readonly Config[], isComplete: boolean, escapes: boolean): number {
    const sorted = [...configs].sort((a, b) => a.state - b.state || a.frame - b.frame);
    const flat = new Int32Array(sorted.length * 2);
    let key = `${isComplete ? "c" : ""}${escapes ? "e" : ""}`;
    for (const [index, { state, frame }] of sorted.entries()) {
      flat[index * 2] = state;
      flat[index * 2 + 1] = frame;
      key += `;${state},${frame}`;
    }
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const id = this.configs.push(flat) - 1;
    this.isComplete.push(isComplete);
    this.escapes.push(escapes);
    this.rows.push(new Int32Array(this.automaton.numClasses).fill(notComputed));
    this.#states.set(key, id);
    return id;
  }

  /** State in which a text goes on after the call of a frame without a counter has returned. */
  continuation(frame: number): number {
    const known = this.#continuations.get(frame);
    if (known !== undefined) return known;
    const state = this.close([{ state: this.frameReturn[frame]!, frame: this.frameBelow[frame]! }]);
    this.#continuations.set(frame, state);
    return state;
  }

  /** The same state in another space over the same automaton. */
  copyTo(target: StateSpace, id: number): number {
    const frames = new Map<number, number>([
      [bottomFrame, bottomFrame],
      [unknownFrame, unknownFrame],
    ]);
    const copyFrame = (frame: number): number => {
      const path: number[] = [];
      let at = frame;
      for (; !frames.has(at); at = this.frameBelow[at]!) path.push(at);
      for (const each of path.reverse()) {
        const start = this.frameStart[each]!;
        const counter =
          start < 0 ? undefined : { start, need: this.frameNeed[each]!, left: this.frameLeft[each]! };
        frames.set(each, target.frame(frames.get(this.frameBelow[each]!)!, this.frameReturn[each]!, counter));
      }
      return frames.get(frame)!;
    };
    const flat = this.configs[id]!;
    const configs: Config[] = [];
    for (let i = 0; i < flat.length; i += 2)
      configs.push({ state: flat[i]!, frame: copyFrame(flat[i + 1]!) });
    return target.intern(configs, this.isComplete[id]!, this.escapes[id]!);
  }
}

function hasEdge(next: Int32Array, from: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (next[from + i]! >= 0) return true;
  return false;
}
