/** Types of parameters with the values that a call gives them. */
const makeValue: Readonly<Record<string, (pick: Pick, draw: Draw) => unknown>> = {
  string: (pick) => pick(),
  integer: (_pick, draw) => 1 + draw(500),
  number: (_pick, draw) => (1 + draw(5000)) / 10,
  boolean: (_pick, draw) => draw(2) === 0,
  array: (pick) => [pick(), pick()],
};
const types = ["string", "string", "string", "integer", "number", "boolean", "array"];

type Pick = () => string;
type Draw = (bound: number) => number;

/**
 * Texts of tool definitions, calls and results in JSON, made of the words given: what a vocabulary has to see of a form that
 * no public text holds. They are for tokenizers; nothing is to be learned from what they say.
 */
export function* toolJsonTexts(count: number, words: readonly string[], seed: number): Generator<string> {
  if (words.length < 10) throw new RangeError(`Texts of tools need 10 words at least, not ${words.length}`);
  let state = seed >>> 0;
  const draw: Draw = (bound) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  const pick: Pick = () => words[draw(words.length)]!;
  const join = (size: number, gap: string): string => Array.from({ length: size }, pick).join(gap);
  for (let i = 0; i < count; i++) {
    const parameters = Array.from({ length: 1 + draw(3) }, () => ({
      name: join(1 + draw(2), "_"),
      type: types[draw(types.length)]!,
      description: `The ${join(2, " ")}`,
    }));
    const name = join(2, "_");
    const definition = {
      type: "function",
      function: {
        name,
        description: join(5, " "),
        parameters: {
          type: "object",
          properties: Object.fromEntries(
            parameters.map((one) => [one.name, { type: one.type, description: one.description }]),
          ),
          required: parameters.slice(0, 2).map((one) => one.name),
        },
      },
    };
    const call = (): object => ({
      name,
      parameters: Object.fromEntries(parameters.map((one) => [one.name, makeValue[one.type]!(pick, draw)])),
    });
    const result = { [pick()]: pick(), result: draw(1000), status: "ok" };
    yield [
      i % 2 === 0 ? spacedJson(definition) : JSON.stringify(definition, null, 4),
      "",
      ...[call(), call(), result].map(spacedJson),
    ].join("\n");
  }
}

/** JSON on one line with a space after colons and commas, as chat templates write it. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spacedJson(inner)}`)
    .join(", ")}}`;
}
