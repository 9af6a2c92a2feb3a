/** Takes the control characters out of a model's text, so that it cannot steer the terminal. */
export function safeForTerminal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** Writes model text to standard output: as it is to a pipe or file, made safe to a terminal. */
export function writeModelText(text: string): void {
  process.stdout.write(process.stdout.isTTY ? safeForTerminal(text) : text);
}
