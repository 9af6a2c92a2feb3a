/** An event of a stream of server-sent events. */
export interface SentEvent {
  event: string;
  data: string;
}

/** Events of a stream as they come; throws a RangeError beyond `maxBytes`, so that no stream is endless. */
export async function* readSentEvents(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  let numBytes = 0;
  let rest = "";
  let event = "message";
  let data: string[] = [];
  for await (const chunk of body) {
    numBytes += chunk.length;
    if (numBytes > maxBytes) throw new RangeError(`its stream is longer than ${maxBytes} bytes`);
    // A lone \r may be the first half of a line end.
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { event, data: data.join("\n") };
        event = "message";
        data = [];
      } else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      else if (line.startsWith("event:")) event = line.slice(6).trim();
    }
  }
}
