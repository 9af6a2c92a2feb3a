/** Turns token ids into text as they come, holding back bytes of an unfinished character. */
export interface StreamingDecoder {
  /** Text that `id` completes; may be empty. */
  push(id: number): string;
  /** What is left, unfinished bytes as U+FFFD; the decoder can then start over. */
  end(): string;
}

/** Streaming decoder over `bytesOf`, whose null means that the id has no text. */
export function createStreamingDecoder(bytesOf: (id: number) => Uint8Array | null): StreamingDecoder {
  const decoder = createTextDecoder();
  return {
    push(id) {
      const bytes = bytesOf(id);
      return bytes === null ? "" : decoder.decode(bytes, { stream: true });
    },
    end() {
      return decoder.decode();
    },
  };
}

/** UTF-8 decoder that replaces each maximal invalid part by one U+FFFD and keeps U+FEFF. */
export function createTextDecoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}
