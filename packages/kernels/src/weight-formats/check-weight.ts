import type { WeightSpec } from "../kernels.ts";
import { rowBytes, weightFormats } from "./table.ts";

/** Throws RangeError for a weight whose bytes or row factors are not as many as its shape and format take. */
export function checkWeight({ name, format, rows, cols, data, rowScale }: WeightSpec): void {
  const { blockElems } = weightFormats[format];
  if (cols % blockElems !== 0) {
    throw new RangeError(
      `Tensor ${name} has rows of ${cols}, not a multiple of ${format}'s block of ${blockElems}`,
    );
  }
  const wanted = rows * rowBytes(format, cols);
  const given = data.kind === "bytes" ? data.bytes.length : data.sizeBytes;
  if (given !== wanted) {
    throw new RangeError(
      `Tensor ${name} [${rows}, ${cols}] in ${format} takes ${wanted} bytes, but has ${given}`,
    );
  }
  if (rowScale !== undefined && rowScale.length !== rows) {
    throw new RangeError(`Tensor ${name} has ${rows} rows, but ${rowScale.length} row scales`);
  }
}
