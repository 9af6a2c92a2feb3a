import { fill, type Json, sentenceCase } from "../conversation.ts";
import { type ArgumentKind, argumentKinds } from "../words/tool-arguments.ts";
import { toolObjects, toolVerbs } from "../words/tool-subjects.ts";
import type { World } from "../world.ts";
import { inventResult, tellResult } from "./tool-results.ts";
import type { OfferedTool } from "./tools.ts";

type Value = string | number | boolean;

interface Argument {
  name: string;
  /** As people say the name. */
  spoken: string;
  kind: ArgumentKind;
  choices: readonly string[] | null;
  isRequired: boolean;
}

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A tool that no other part of the data has: an everyday or an invented subject, one to four arguments. */
export function inventTool(world: World): OfferedTool {
  const { random } = world;
  const [verbNames, does, asks] = random.pick(toolVerbs);
  const isInvented = random.chance(0.4);
  const subject = isInvented ? world.nonword() : random.pick(toolObjects);
  const verb = random.pick(verbNames);
  const name = world.own(() => toolName(world, verb, subject));
  const args = inventArguments(world, random.pick([1, 1, 2, 2, 2, 3, 3]));
  const properties = Object.fromEntries(
    args.map(({ name: key, spoken, kind, choices }): [string, Json] => [
      key,
      {
        type: kind.type,
        description: sentenceCase(fill(random.pick(kind.description), { n: spoken })),
        ...(choices === null ? {} : { enum: choices }),
      },
    ]),
  );
  const article = /s$|news|weather/.test(subject) ? "the" : /^[aeiou]/.test(subject) ? "an" : "a";
  return {
    spec: {
      type: "function",
      function: {
        name,
        description: random.pick([
          `${does} ${article} ${subject}`,
          `${does} ${article} ${subject}.`,
          `${does} the ${subject}`,
          `${does} the ${subject} by ${args[0]!.spoken}`,
        ]),
        parameters: {
          type: "object",
          properties,
          required: args.filter(({ isRequired }) => isRequired).map(({ name: key }) => key),
        },
      },
    },
    use: (from) => useOf(from, { asks, subject, article, args, name }),
  };
}

function toolName({ random, nonword }: World, verb: string, subject: string): string {
  const base = subject.replaceAll(" ", "_");
  const name = random.pick([
    `${verb}_${base}`,
    `${verb}_${base}`,
    `${base}_${verb}`,
    `${verb}_${base}_${random.pick(["info", "data", "item", "now", "tool", "v2"])}`,
    `${verb}_${nonword()}_${base}`,
  ]);
  return random.chance(0.2) ? camel(name) : name;
}

function inventArguments(world: World, count: number): Argument[] {
  const { random } = world;
  const used = new Set<string>();
  return random.sample(argumentKinds, count).map((kind, index): Argument => {
    const isNonword =
      kind.says.every((say) => say.includes("{n}")) && kind.type !== "boolean" && random.chance(0.5);
    let name = isNonword ? world.nonword() : random.pick(kind.names);
    while (used.has(name)) name = world.nonword();
    used.add(name);
    const spoken = name.replaceAll("_", " ");
    const choices = kind.choices === undefined ? null : [...new Set(kind.choices(world))];
    return { name, spoken, kind, choices, isRequired: index === 0 || random.chance(0.8) };
  });
}

const generic = [
  "with {n} {v}",
  "{n}: {v}",
  "{n} = {v}",
  "and {n} {v}",
  "with the {n} {v}",
  "the {n} is {v}",
  "where {n} is {v}",
];

function useOf(
  world: World,
  tool: {
    asks: readonly string[];
    subject: string;
    article: string;
    args: readonly Argument[];
    name: string;
  },
): ReturnType<OfferedTool["use"]> {
  const { random } = world;
  const used = tool.args.filter(({ isRequired }) => isRequired || random.chance(0.6));
  const values = used.map(
    ({ kind, choices }): Value => (choices === null ? kind.value(world) : random.pick(choices)),
  );
  const phrases = used.map(({ kind, spoken }, index) => {
    const value = values[index]!;
    if (typeof value === "boolean")
      return value
        ? random.pick([
            `and make it ${spoken}`,
            `with ${spoken} on`,
            `and ${spoken} is true`,
            `with ${spoken} yes`,
          ])
        : random.pick([
            `and not ${spoken}`,
            `with ${spoken} off`,
            `and ${spoken} is false`,
            `with ${spoken} no`,
          ]);
    const say = random.chance(0.7) ? random.pick(kind.says) : random.pick(generic);
    return fill(say, { v: String(value), n: spoken });
  });
  const order = random.chance(0.75) ? phrases : random.shuffle(phrases);
  const lead = random.pick(tool.asks);
  const article = random.chance(0.5) ? "the" : tool.article;
  const isQuestion = lead.startsWith("Can");
  const body = `${lead} ${article} ${tool.subject} ${order.join(random.chance(0.2) ? ", " : " ")}`;
  const ask = random.pick([
    body + (isQuestion ? "?" : random.pick([".", ".", ""])),
    body + (isQuestion ? "?" : "."),
    `Use ${tool.name} ${order.join(" ")}.`,
  ]);
  const result = inventResult(world);
  return {
    ask: ask.replace(/\band and\b/g, "and"),
    arguments: Object.fromEntries(used.map(({ name }, index) => [name, values[index]!])),
    result: JSON.stringify(random.chance(0.2) ? { result } : result),
    tell: tellResult(world, tool.subject, result),
  };
}
