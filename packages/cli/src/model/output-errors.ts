import { UsageError } from "../errors.ts";

/** An output that cannot be written or a form that a model does not have is the user's to change. */
export async function withOutputErrors<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const isUsers = cause instanceof RangeError || cause instanceof TypeError || cause instanceof SyntaxError;
    if (isUsers && !("code" in cause)) throw new UsageError(cause.message, null, { cause });
    throw cause;
  }
}
