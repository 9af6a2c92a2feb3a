import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Checkpoint } from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import { UsageError } from "../errors.ts";
import { backendOptions, type ModelValues, reportDegradations } from "../model/open-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import type { Screen } from "./screen.ts";
import type { Tour } from "./step.ts";

/** Tokens of the longest conversation of a step. */
const longestContext = 2048;

/** A tour with its temporary folder, which goes when it ends. */
export async function openTour(
  { name, path }: StoredModel,
  options: {
    /** How the user named the model; null when it was found. */
    called: string | null;
    screen: Screen;
    isFast: boolean;
    /** Folder for the files that the printed commands read. */
    keep: string | null;
    values: ModelValues;
  },
): Promise<Tour & Disposable> {
  const { loadModel, openCheckpoint } = await import("@llamero/core");
  const checkpoint = openCheckpoint(path);
  if (checkpoint.tokenizer === null) {
    throw new UsageError(
      `${name} holds no tokenizer, which the tour needs`,
      "Use: llamero tour --model MODEL with a GGUF file or a folder that holds one",
    );
  }
  const { called, keep, screen, isFast, values } = options;
  const folder = mkdtempSync(join(tmpdir(), "llamero-tour-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // A second Ctrl-C ends the process at once.
  process.once("exit", remove);
  const signal = interruptSignal();
  const given: string[] = [];
  return {
    screen,
    isFast,
    folder,
    values,
    signal,
    model: { name: called ?? name, title: name, path, checkpoint, numWeights: countWeights(checkpoint) },
    given,
    give(file, content) {
      const at = join(keep ?? folder, file);
      if (existsSync(at) && readFileSync(at, "utf8") !== content) {
        throw new RangeError(`${at} holds something else; choose another folder for --keep`);
      }
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, content);
      given.push(file);
      return at;
    },
    shown: (file) => (keep === null ? file : join(relative(process.cwd(), keep), file)),
    async open(more = {}) {
      const model = await loadModel(checkpoint, {
        mode: values.mode,
        kvDtype: values.kv,
        context: Math.min(longestContext, checkpoint.config.maxPositionEmbeddings),
        signal,
        ...backendOptions(values),
        ...more,
      });
      reportDegradations(model.engine.info().degraded);
      return model;
    },
    [Symbol.dispose]() {
      process.off("exit", remove);
      remove();
    },
  };
}

function countWeights({ tensors }: Checkpoint): number {
  let count = 0;
  for (const { shape } of tensors.values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
