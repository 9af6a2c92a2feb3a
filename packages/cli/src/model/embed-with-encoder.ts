import { loadEncoder } from "@llamero/core";
import { UsageError } from "../errors.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { backendOptions, type ModelValues, reportDegradations, withUsageErrors } from "./open-model.ts";

/** Texts embedded between two lines of output. */
const batch = 64;

/** Prints an encoder's vectors as `llamero embed` prints those of other models. */
export async function embedWithEncoder(
  path: string,
  lines: readonly string[],
  values: Pick<ModelValues, "backend" | "threads" | "kv" | "mode" | "context"> & {
    normalize: boolean;
    pooling: string;
    lora: readonly unknown[];
  },
): Promise<void> {
  if (!values.normalize) throw new UsageError("An encoder's vectors have length 1; leave --no-normalize out");
  if (values.pooling === "last" || values.lora.length > 0)
    throw new UsageError(
      "An encoder brings its own pooling and takes no adapter; leave --pooling and --lora out",
    );
  const unused = [
    ...(values.kv === "f16" ? [] : ["--kv"]),
    ...(values.mode === "fast" ? [] : ["--mode"]),
    ...(values.context === null ? [] : ["--ctx-size"]),
  ];
  if (unused.length > 0)
    throw new UsageError(
      `An encoder has no KV cache, one kind of numerics and its own length; leave ${unused.join(" and ")} out`,
    );
  const encoder = await withUsageErrors(() => loadEncoder(path, backendOptions(values)));
  try {
    const signal = interruptSignal();
    for (let from = 0; from < lines.length; from += batch) {
      const part = lines.slice(from, from + batch);
      const vectors = await encoder.embed(part, signal);
      const output = vectors.map((vector, i) =>
        JSON.stringify({
          index: from + i,
          tokens: Math.min(encoder.countTokens(part[i]!), encoder.maxTokens),
          embedding: [...vector],
        }),
      );
      process.stdout.write(`${output.join("\n")}\n`);
    }
    reportDegradations(encoder.degradations);
  } finally {
    encoder.close();
  }
}
