/** A conversation that a chat template refuses; the message says why. */
export class ChatTemplateError extends Error {
  override readonly name = "ChatTemplateError";
}
