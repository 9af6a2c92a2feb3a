import type { SynthLanguage } from "./recipe.ts";

/** Names of the languages in prompts. */
export const languageNames: Readonly<Record<SynthLanguage, string>> = {
  en: "English",
  de: "German",
  fr: "French",
  it: "Italian",
  pt: "Portuguese",
  hi: "Hindi",
  es: "Spanish",
  th: "Thai",
};

/** What instructions are about, so that many are not about the same. */
export const topics: readonly string[] = [
  "cooking",
  "travel",
  "school homework",
  "a small business",
  "gardening",
  "health and sport",
  "history",
  "physics",
  "biology",
  "law in daily life",
  "music",
  "literature",
  "film",
  "language learning",
  "programming",
  "data analysis",
  "household repairs",
  "personal finance",
  "job applications",
  "friendship and family",
  "public transport",
  "the environment",
  "games and puzzles",
  "mathematics",
  "chemistry",
  "geography",
  "office work",
  "event planning",
  "philosophy",
  "customer service",
  "astronomy",
  "animals",
];

/** What instructions ask for. */
export const activities: readonly string[] = [
  "explain something",
  "rewrite a text",
  "summarise a text that is given",
  "classify something",
  "compare two things",
  "plan steps",
  "write a short text",
  "answer a question of knowledge",
  "solve a problem with numbers",
  "extract facts from a text that is given",
  "give advice",
  "find mistakes",
  "list ideas",
  "convert something into another form",
  "reason about a situation",
  "ask for a definition",
];

/** Domains of invented tools. */
export const toolDomains: readonly string[] = [
  "weather stations",
  "train timetables",
  "a public library",
  "a warehouse",
  "a hospital's appointments",
  "currency rates",
  "a recipe collection",
  "a smart home",
  "a music archive",
  "a car workshop",
  "hotel rooms",
  "parcel tracking",
  "a school's timetable",
  "sport results",
  "an energy meter",
  "a museum's catalogue",
  "farm sensors",
  "a city's parking",
  "a ticket office",
  "a calendar",
  "unit conversion",
  "a star catalogue",
];

/** Example instructions for a run without seeds. */
export const builtinSeeds: readonly string[] = [
  "Explain why the sky looks red in the evening to a ten-year-old.",
  "Rewrite this sentence so that it is polite: Send me the file now.",
  "I have 3 eggs, spinach and rice. Suggest a dinner and the steps to make it.",
  "Sort these words into animals and plants: oak, trout, moss, heron.",
  "A train leaves at 14:35 and takes 2 hours and 50 minutes. When does it arrive?",
  "List four questions to ask before renting a flat.",
];

const sayLanguage = (language: SynthLanguage): string => `Write in ${languageNames[language]}.`;

/** Asks for a new instruction, unlike the examples. */
export function instructionPrompt(
  examples: readonly string[],
  { topic, activity, language }: { topic: string; activity: string; language: SynthLanguage },
): string {
  const list = examples.map((text, at) => `${at + 1}. ${text.replace(/\s+/g, " ").slice(0, 400)}`);
  return `Here are requests that people sent to an assistant:
${list.join("\n")}

Invent one new request that is unlike all of them. Its subject: ${topic}. What it asks: ${activity}. A text model without pictures, sound or the internet must be able to do it. If it needs a text or data to work on, put that into "input"; else leave "input" empty. ${sayLanguage(language)}
Reply with one JSON object: {"instruction": "...", "input": "..."}`;
}

/** Asks for a question about a text, with its answer and the passage that proves it. */
export function questionPrompt(text: string, language: SynthLanguage): string {
  return `Text:
"""
${text}
"""

Ask one question that the text answers and that makes sense to a reader who has the text. Give the answer in a complete but short form, using nothing that is not in the text. Copy the passage that proves it, word for word, into "quote". ${
    language === "en"
      ? ""
      : `Question and answer: ${sayLanguage(language)} The quote stays as it is in the text. `
  }Reply with one JSON object: {"question": "...", "answer": "...", "quote": "..."}`;
}

/** What the record of a grounded question shows: the text, then the question. */
export function documentQuestion(text: string, question: string): string {
  return `${text}\n\n${question}`;
}

/** Asks for a programming problem. */
export function problemPrompt(
  snippet: string | null,
  { programming, language, topic }: { programming: string; language: SynthLanguage; topic: string },
): string {
  const start =
    snippet === null
      ? `Think of something that a program for ${topic} would need.`
      : `Take inspiration from this piece of code, without copying it:\n"""\n${snippet}\n"""`;
  return `${start}

Write a self-contained programming problem to be solved in ${programming} with one function and the standard library. Say the function's exact name, its parameters, what it returns, and one example. No input is read and nothing is printed. ${sayLanguage(language)} Reply with the problem only.`;
}

/** Asks for a program and its tests. */
export function solutionPrompt(problem: string, programming: string): string {
  const assertion = programming === "python" ? "assert f(1) == 2" : "assert(f(1) === 2)";
  return `${problem}

Write two blocks of ${programming} code, each between lines of three backticks. The first has the solution, with short comments for the reasoning. The second has at least three tests, each a line such as ${assertion}, and does not repeat the solution.`;
}

/** Shows an error and asks for a correction. */
export function revisionPrompt(error: string): string {
  return `Running the tests failed:
"""
${error}
"""
Find the mistake and write both blocks again, solution first, tests second.`;
}

/** Asks for tools of a domain. */
export function toolsPrompt(domain: string, count: number): string {
  return `Invent ${count} functions that a program around ${domain} could offer to an assistant. Names in snake_case, one sentence of description each, one to four parameters with name, type and description; say which are required.
Reply with one JSON object: {"tools": [{"name": "...", "description": "...", "parameters": [{"name": "...", "type": "string", "description": "...", "required": true}]}]}`;
}

/** Asks for what a user says who needs the tools. */
export function toolRequestPrompt(tools: string, numCalls: number, language: SynthLanguage): string {
  return `An assistant can use these functions:
${tools}

Write what a user says to it whose wish takes ${numCalls === 1 ? "exactly one call" : `${numCalls} calls one after the other, the later using results of the earlier`}. The user does not know the functions, but gives every value that their parameters need. ${sayLanguage(language)}
Reply with one JSON object: {"request": "..."}`;
}

/** Asks for the next call. */
export function toolCallPrompt(tools: string, dialogue: string): string {
  return `You are an assistant that can use these functions:
${tools}

The conversation so far:
${dialogue}

Write the next call, with values from the conversation only. Reply with one JSON object: {"name": "function", "arguments": {...}}`;
}

/** Asks for a plausible result of a call. */
export function toolResultPrompt(tool: string, call: string): string {
  return `This function is called:
${tool}
The call: ${call}

Invent what it could return: a small realistic result, as an object of short fields. Reply with one JSON object: {"fields": [{"name": "...", "value": "..."}]}`;
}

/** Asks for the answer after the last result. */
export function toolAnswerPrompt(dialogue: string, language: SynthLanguage): string {
  return `The conversation so far, with the results of functions:
${dialogue}

Write the assistant's answer to the user, from the results only, in one to four sentences. ${sayLanguage(language)} Reply with the answer only.`;
}

/** Asks for points. The scale is ours: four parts that add up to 10. */
export function judgePrompt(conversation: string): string {
  return `Judge an example that is to be used to train an assistant.
"""
${conversation}
"""

Add up points: 0 to 4 for being right (0 when something is wrong or made up), 0 to 3 for doing all that was asked and nothing else, 0 to 2 for being clear and well put, 0 to 1 for being worth learning from. At least 1 point in all. Reply with one JSON object: {"points": 1 to 10, "why": "one sentence"}`;
}
