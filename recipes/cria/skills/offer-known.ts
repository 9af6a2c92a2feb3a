import { fill, type Json, sentenceCase } from "../conversation.ts";
import { everydayTools } from "../words/everyday-tools.ts";
import { knownTools } from "../words/known-tools.ts";
import type { World } from "../world.ts";
import { inventResult, tellResult } from "./tool-results.ts";
import type { OfferedTool } from "./tools.ts";

/** A well-known tool under one of its names, with names of arguments as some program would have them. */
export function offerKnown(world: World): OfferedTool {
  const { random } = world;
  const tool = random.pick(knownTools);
  const name = random.chance(0.7)
    ? random.pick(tool.names)
    : world.own(() => `${random.pick(tool.names)}_${random.int(2, 99)}`);
  const used = new Set<string>();
  const named = tool.arguments.map((argument) => {
    const free = argument.names.filter((each) => !used.has(each));
    const chosen = random.pick(free);
    used.add(chosen);
    return { ...argument, name: chosen };
  });
  const properties = Object.fromEntries(
    named.map(({ name: key, type, description, choices }): [string, Json] => [
      key,
      { type, description, ...(choices === undefined ? {} : { enum: choices }) },
    ]),
  );
  return {
    spec: {
      type: "function",
      function: {
        name,
        description: random.pick(tool.description),
        parameters: { type: "object", properties, required: named.map(({ name: key }) => key) },
      },
    },
    use(from) {
      const values = named.map(({ value }) => value(from));
      const slots = Object.fromEntries(values.map((value, index) => [String(index), String(value)]));
      const result = tool.result(from, values);
      const told = {
        ...slots,
        ...Object.fromEntries(Object.entries(result).map(([key, value]) => [key, String(value)])),
      };
      return {
        ask: fill(from.random.pick(tool.asks), slots),
        arguments: Object.fromEntries(named.map(({ name: key }, index) => [key, values[index]!])),
        result: JSON.stringify(result),
        tell: fill(from.random.pick(tool.tells), told),
      };
    },
  };
}

/** A tool of daily life, whose name may say nothing of what it does. */
export function offerEveryday(world: World): OfferedTool {
  const { random } = world;
  const { verbs, subject, does, arguments: args, asks } = random.pick(everydayTools);
  const name = random.chance(0.45)
    ? world.own(() => (random.chance(0.5) ? world.nonword() : `${world.nonword()}_${world.nonword()}`))
    : world.own(() => {
        const verb = random.pick(verbs);
        const number = random.int(2, 999);
        return random.pick([
          `${verb}_${subject}`,
          `${subject}_${verb}`,
          `${verb}_${subject}_${number}`,
          `my_${subject}_${verb}`,
          `${verb}_the_${subject}`,
          `${verb}${sentenceCase(subject)}${number}`,
        ]);
      });
  const used = new Set<string>();
  const named = args.map((argument) => {
    const chosen = random.chance(0.15)
      ? world.nonword()
      : random.pick(argument.names.filter((each) => !used.has(each)));
    used.add(chosen);
    return { ...argument, name: chosen };
  });
  const description = random.pick(does);
  const properties = Object.fromEntries(
    named.map(({ name: key, type, description: about }): [string, Json] => [
      key,
      { type, description: about },
    ]),
  );
  return {
    spec: {
      type: "function",
      function: {
        name,
        description: random.chance(0.7) ? description : `${description}.`,
        parameters: { type: "object", properties, required: named.map(({ name: key }) => key) },
      },
    },
    use(from) {
      const values = named.map(({ value }) => value(from));
      const slots = Object.fromEntries(values.map((value, index) => [String(index), String(value)]));
      const result = inventResult(from);
      return {
        ask: fill(from.random.pick(asks), slots),
        arguments: Object.fromEntries(named.map(({ name: key }, index) => [key, values[index]!])),
        result: JSON.stringify(result),
        tell: tellResult(from, subject, result),
      };
    },
  };
}
