import type { ChatFormat } from "@llamero/core";
import type { TrainExample } from "../batch/example.ts";
import type { PreferencePair } from "./conversation.ts";
import {
  type RenderedData,
  type RenderLimits,
  RenderNotes,
  renderMessages,
  tooLongError,
} from "./render-examples.ts";

/** A rendered pair; weights are 1 on the responses alone. */
export interface RenderedPair {
  source: string;
  chosen: TrainExample;
  rejected: TrainExample;
}

/** Renders both conversations of each pair. With `truncate`, pairs that are too long are left out: a cut answer is no preference. */
export function renderPairs(
  format: Pick<ChatFormat, "render">,
  pairs: readonly PreferencePair[],
  limits: RenderLimits,
): RenderedData<RenderedPair> {
  const notes = new RenderNotes();
  const rendered = pairs.map(({ source, prompt, chosen, rejected, tools }) => ({
    source,
    chosen: renderMessages(format, { source, tools, messages: [...prompt, ...chosen] }, notes),
    rejected: renderMessages(format, { source, tools, messages: [...prompt, ...rejected] }, notes),
  }));
  const longer = ({ chosen, rejected }: RenderedPair): { ids: Int32Array } =>
    chosen.ids.length > rejected.ids.length ? chosen : rejected;
  const fits = (pair: RenderedPair): boolean => longer(pair).ids.length <= limits.maxTokens;
  const tooLong = rendered.filter((pair) => !fits(pair));
  if (tooLong.length === 0) return { examples: rendered, notes: notes.list() };
  if (!limits.truncate) {
    const told = tooLong.map((pair) => ({ source: pair.source, ids: longer(pair).ids }));
    throw tooLongError("pairs", told, limits.maxTokens);
  }
  const examples = rendered.filter(fits);
  const note = `${tooLong.length} of ${rendered.length} pairs are longer than ${limits.maxTokens} tokens and left out`;
  if (examples.length === 0) throw new RangeError(`${note}; raise the length`);
  return { examples, notes: [...notes.list(), note] };
}
