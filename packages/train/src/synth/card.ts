import type { GeneratorIdentity } from "@llamero/eval";
import type { TeacherLicense } from "./license/teacher-license.ts";
import { promptExamples } from "./prompt-examples.ts";
import type { SynthRecipe } from "./recipe.ts";
import type { ItemOutcome } from "./records.ts";
import type { RunEnd } from "./write-output.ts";

interface CardFacts {
  license: TeacherLicense;
  identity: GeneratorIdentity;
  made: readonly Extract<ItemOutcome, { status: "made" }>[];
  drops: Readonly<Record<string, number>>;
  end: RunEnd;
  lineageHash: string;
}

/** What was made, by whom and under what terms, as Markdown. */
export function writeCard(recipe: SynthRecipe, facts: CardFacts): string {
  const { license, identity, made, drops, end, lineageHash } = facts;
  const perTask = recipe.tasks.map(({ name, kind, languages }) => {
    const tried = end.settled.filter(({ task }) => task.name === name).length;
    const kept = made.filter(({ item }) => item.startsWith(`${name}/`)).length;
    return [name, kind, languages.join(" "), String(tried), String(kept)];
  });
  const files = end.sources.flatMap((source) => source.files);
  const parts = [
    `# ${recipe.name}`,
    `${made.length} synthetic records, written by a model and filtered. Seed ${recipe.seed}. Lineage ${lineageHash}.`,
    "## Contents",
    table(["Task", "Kind", "Languages", "Tried", "Kept"], perTask),
    end.failures.length === 0 ? "" : `${end.failures.length} attempts failed: the teacher did not answer.`,
    "## Teacher and licence",
    table(
      ["", ""],
      [
        ["Teacher", identity.model],
        ["Weights", identity.modelHash ?? "not told"],
        ["Backend", identity.backend],
        ["Family", license.family ?? "not in the table"],
        ["Licence", license.license],
        ["Judge", end.judge?.model ?? (recipe.filters.minPoints === null ? "none" : "the teacher itself")],
      ],
    ),
    dutyText(license, recipe.modelName),
    files.length === 0
      ? "No source files."
      : table(
          ["Source", "Licence", "SHA-256"],
          files.map(({ file, license: own, sha256 }) => [file, own, sha256 ?? "not read to its end"]),
        ),
    "## Filters",
    `\`${JSON.stringify(recipe.filters)}\``,
    Object.keys(drops).length === 0
      ? "Nothing was dropped."
      : table(
          ["Dropped because", "Records"],
          Object.entries(drops)
            .sort((a, b) => b[1] - a[1])
            .map(([reason, count]) => [reason, String(count)]),
        ),
    "## Prompts",
    `Temperature ${recipe.sampling.temperature}, top-p ${recipe.sampling.topP}, at most ${recipe.sampling.maxTokens} tokens. Names in angle brackets stand for what differs from record to record.`,
    ...promptExamples([...new Set(recipe.tasks.map(({ kind }) => kind))]),
    "## Known limits",
    "Written by a model: answers can be wrong, and inherit its habits and gaps. Tests of programs come from the same model as the programs. Grounding is checked by words, not by meaning; in languages other than English only the quote is. Results of tools are invented. Texts too short to tell their language pass. Not checked against evaluation sets: run the decontamination of `llamero data curate` over it.",
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function dutyText({ duty }: TeacherLicense, modelName: string | null): string {
  if (duty === null) return "The licence asks for no name.";
  return `**Naming duty.** A model trained on these records must have a name that begins with "${duty.namePrefix}" (here: ${modelName}) and must show "${duty.notice}".`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, "\\|").replace(/\s+/g, " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
