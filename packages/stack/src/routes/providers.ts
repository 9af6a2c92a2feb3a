/** Name of the one provider there is: the engine in this process. */
export const providerId = "llamero";

/** Its kind, as Llama Stack writes it. */
export const providerType = "inline::llamero";
