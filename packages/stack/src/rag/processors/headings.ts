import type { Section } from "./processed.ts";

/** Headings that start at places of a text; each reaches to the next one of its depth or above. */
export function sectionsOf(
  marks: readonly Pick<Section, "kind" | "title" | "level" | "start">[],
  length: number,
): Section[] {
  const sections: Section[] = [];
  const open: Section[] = [];
  for (const mark of marks) {
    while (open.length > 0 && open.at(-1)!.level >= mark.level) open.pop()!.end = mark.start;
    const section = { ...mark, end: length };
    sections.push(section);
    open.push(section);
  }
  return sections;
}

/** The headings of a Markdown text, those in fenced code left out. */
export function markdownSections(text: string): Section[] {
  const marks: Omit<Section, "end">[] = [];
  let fence = "";
  let start = 0;
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line.slice(0, 1000))?.[1] ?? "";
    if (fence !== "") {
      if (mark.startsWith(fence)) fence = "";
    } else if (mark !== "") fence = mark;
    else {
      const found = /^(#{1,6})[ \t]+(.*)$/.exec(line.slice(0, 1000));
      if (found !== null) {
        const title = found[2]!.replace(/[ \t]+#+[ \t]*$/, "").trim();
        marks.push({ kind: "heading", title, level: found[1]!.length, start });
      }
    }
    start += line.length + 1;
  }
  return sectionsOf(marks, text.length);
}

/** Declarations that start a line, of the languages that `codeTypes` names. */
const declarations =
  /^(?:export\s+|default\s+|public\s+|private\s+|static\s+|abstract\s+|async\s+|pub(?:\([a-z]+\))?\s+|declare\s+)*(?:class|interface|function\*?|def|fn|func|struct|enum|trait|type|module|namespace|impl|const(?=\s+\w+\s*=\s*(?:async\s*)?(?:\(|function)))\s+(?:\([^)]{0,200}\)\s*)?([\p{L}_$][\p{L}\p{N}_$]*)/u;

/** Functions, classes and types at the left edge of a program. */
export function codeSections(text: string): Section[] {
  const marks: Omit<Section, "end">[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const title = declarations.exec(line.slice(0, 1000))?.[1];
    if (title !== undefined) marks.push({ kind: "symbol", title, level: 1, start });
    start += line.length + 1;
  }
  return sectionsOf(marks, text.length);
}
