/** Sets whose form is not that of lm-evaluation-harness's set of the same data, and what is different. */
export const variants: readonly { sets: RegExp; why: string }[] = [
  { sets: /^gsm8k_cot_chat$|^asdiv$/, why: "chain of thought in our words; theirs are Meta's" },
  { sets: /^math$|^math_500$|^aime/, why: "a conversation that asks for a box; theirs continue a text" },
  { sets: /^squad_v2$/, why: "names the answer for questions without one, as Meta's base tables do" },
  { sets: /^drop$/, why: "labels question and answer; scores are the same" },
  { sets: /^mmlu_pro_cot$|^gpqa_|^arc_challenge_chat$/, why: "a conversation that asks for the best answer" },
  { sets: /^truthfulqa_gen$/, why: "four examples of ours in place of six, and the answer is labelled" },
  {
    sets: /^humaneval_instruct$|^mbpp_instruct$|^mbpp_plus$/,
    why: "a conversation that asks for a fenced block",
  },
  { sets: /^cruxeval_/, why: "description and examples in our words" },
  { sets: /^bbh_cot_/, why: "description and examples in our words; the item's own block is the same" },
  { sets: /^meqsum$/, why: "a conversation with another request" },
];
