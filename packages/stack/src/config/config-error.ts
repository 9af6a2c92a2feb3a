/** Something in a configuration file that the operator can put right. */
export class ConfigError extends Error {
  override name = "ConfigError";
  /** What to do. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
