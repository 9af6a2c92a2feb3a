import type { Message, TextModel } from "@llamero/core";
import { type Card, plain, Quiz } from "./quiz.ts";

/** What is remembered of a user. */
interface Student {
  /** Questions and answers, oldest first. */
  turns: Message[];
  quiz: Quiz | null;
}

export interface CompanionOptions {
  model: TextModel;
  cards: readonly Card[];
  /** Questions of a round. */
  quizLength?: number | undefined;
  /** Students that are remembered; whoever was silent for longest is forgotten first. */
  maxStudents?: number | undefined;
  /** Draws the cards; default Math.random. */
  random?: (() => number) | undefined;
}

const instructions = `You are a study companion in a messenger. Explain in two or three short sentences, in the language of the
question, at the level of a school. If you do not know, say so. Students can also write "quiz" to be asked.`;
/** Questions and answers that the model sees again. */
const maxTurns = 12;
const maxTokens = 160;

const help = `Ask me anything about your subject, or write
• quiz, or quiz and a topic
• stop to end a quiz
• forget to delete what I remember of you`;

/** Answers students, each with a memory of their own. */
export class Companion {
  readonly #options: CompanionOptions;
  readonly #students = new Map<string, Student>();

  constructor(options: CompanionOptions) {
    this.#options = options;
  }

  /** The answer to what a student wrote. */
  async answer(user: string, text: string, signal: AbortSignal): Promise<string> {
    const student = this.#remember(user);
    const [command = "", ...rest] = plain(text).split(" ");
    if (["help", "start", "hi", "hello"].includes(command)) return help;
    if (command === "forget") {
      this.#students.delete(user);
      return "Done. I remember nothing of you.";
    }
    if (command === "quiz") return this.#startQuiz(student, rest.join(" "));
    if (student.quiz === null) return await this.#explain(student, text, signal);
    if (command === "stop") return endQuiz(student, student.quiz);
    return judge(student, student.quiz, text);
  }

  #remember(user: string): Student {
    const { maxStudents = 1000 } = this.#options;
    const student = this.#students.get(user) ?? { turns: [], quiz: null };
    // A map keeps the order of insertion: the first was silent for longest.
    this.#students.delete(user);
    this.#students.set(user, student);
    const [oldest] = this.#students.keys();
    if (this.#students.size > maxStudents && oldest !== undefined) this.#students.delete(oldest);
    return student;
  }

  #startQuiz(student: Student, topic: string): string {
    const { cards, quizLength = 4, random = Math.random } = this.#options;
    const fitting = cards.filter((card) => topic === "" || plain(card.topic) === topic);
    const topics = [...new Set(cards.map((card) => card.topic))].join(", ");
    if (fitting.length === 0) return `I have no cards about ${topic}. There are ${topics}.`;
    student.quiz = new Quiz(shuffled(fitting, random).slice(0, quizLength));
    return `${student.quiz.total} questions, ${topic || topics}.\n\n${student.quiz.current!.question}`;
  }

  /** The model answers, with the conversation so far and the cards that share words with the question. */
  async #explain(student: Student, text: string, signal: AbortSignal): Promise<string> {
    const { model, cards } = this.#options;
    const words = new Set(
      plain(text)
        .split(" ")
        .filter(({ length }) => length > 3),
    );
    const notes = cards
      .filter(({ question, answers }) =>
        plain(`${question} ${answers.join(" ")}`)
          .split(" ")
          .some((word) => words.has(word)),
      )
      .slice(0, 3)
      .map(({ question, answers, note }) => `- ${question} ${answers[0]}. ${note}`);
    const system =
      notes.length === 0 ? instructions : `${instructions}\nFrom the cards:\n${notes.join("\n")}`;
    const question: Message = { role: "user", content: text };
    let answer = "";
    const messages: Message[] = [{ role: "system", content: system }, ...student.turns, question];
    for await (const part of model.chat(messages, { maxTokens, signal, contextPolicy: "drop-middle" }))
      if (part.type === "text-delta") answer += part.text;
    if (answer.trim() === "") return "I have no answer to that. Ask me in other words?";
    student.turns = [...student.turns, question, { role: "assistant" as const, content: answer }].slice(
      -maxTurns,
    );
    return answer.trim();
  }
}

function judge(student: Student, quiz: Quiz, text: string): string {
  const { card, isRight } = quiz.answer(text);
  const verdict = isRight ? "✓ Right." : `✗ It is ${card.answers[0]}.`;
  const next = quiz.current === null ? endQuiz(student, quiz) : quiz.current.question;
  return `${verdict} ${card.note}\n\n${next}`;
}

function endQuiz(student: Student, quiz: Quiz): string {
  student.quiz = null;
  return `That was it: ${quiz.numRight} of ${quiz.total} known by now. Write "quiz" for more.`;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
