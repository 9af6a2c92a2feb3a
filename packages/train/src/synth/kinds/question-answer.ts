import { objectOf } from "../json-form.ts";
import { type Draft, DroppedError, type ItemContext } from "../kind.ts";
import { documentQuestion, questionPrompt } from "../prompts.ts";
import { choosePassage, isSpan, type Passage, supportOf } from "./passages.ts";

const schema = objectOf({
  question: { type: "string", minLength: 1, maxLength: 600 },
  answer: { type: "string", minLength: 1, maxLength: 2000 },
  quote: { type: "string", minLength: 1, maxLength: 2000 },
});

/** Least share of an answer's words that the passage must have. */
const minSupport = 0.6;
const minQuote = 8;

/** A question about a passage with its answer and the words that prove it. */
export interface GroundedQuestion {
  passage: Passage;
  question: string;
  answer: string;
  quote: string;
}

/** Asks for a question, and drops one whose answer the passage does not support. */
export async function askQuestion(context: ItemContext): Promise<GroundedQuestion> {
  const { language, teacher } = context;
  const passage = choosePassage(context);
  const made = await teacher.askJson<Omit<GroundedQuestion, "passage">>(
    questionPrompt(passage.text, language),
    schema,
    { maxTokens: 700 },
  );
  const text = `${made.question}\n${made.answer}\n${made.quote}`;
  if (made.quote.trim().length < minQuote || !isSpan(made.quote, passage.text))
    throw new DroppedError("grounding", "quote is not in the document", {
      detail: made.quote.slice(0, 120),
      text,
    });
  // Words of an answer in another language are not in the passage; the quote alone holds it then.
  const support = Math.max(supportOf(made.answer, passage.text), supportOf(made.answer, made.quote));
  if (language === "en" && support < minSupport)
    throw new DroppedError("grounding", "answer is not supported", { detail: support.toFixed(2), text });
  return { passage, ...made };
}

/** A grounded question and its answer; the document goes with it. */
export async function makeQuestion(context: ItemContext): Promise<Draft> {
  const { passage, question, answer, quote } = await askQuestion(context);
  return {
    messages: [
      { role: "user", content: documentQuestion(passage.text, question) },
      { role: "assistant", content: answer },
    ],
    // Of the passage, the words are not the teacher's.
    prompt: question,
    checksLanguage: true,
    meta: { ...passage.origin, quote },
  };
}
