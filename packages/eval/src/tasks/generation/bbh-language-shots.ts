import type { BbhRow } from "./bbh-shots.ts";

/** Subsets of language and of the world. */
export const bbhLanguage: readonly BbhRow[] = [
  [
    "causal_judgement",
    "Judge as people would whether something caused something or was done on purpose.",
    "A cook adds salt without knowing that a guest may not eat any. The guest falls ill. Did the cook intentionally make the guest ill?\nOptions:\n- Yes\n- No § The cook did not know, so it was not on purpose. § No",
    "A lamp lights only if both switches are on. Switch 1 was on all day. Ann turns on switch 2 and the lamp lights. Did Ann cause the lamp to light?\nOptions:\n- Yes\n- No § What changed was Ann's switch, so people call it the cause. § Yes",
    "A boss starts a plan to earn money, knows that it will harm a river and does not care. It harms the river. Did the boss intentionally harm the river?\nOptions:\n- Yes\n- No § People call a harm that was foreseen and accepted intentional. § Yes",
  ],
  [
    "date_understanding",
    "Work out a date from a text.",
    "Today is 3/1/2021. What is the date yesterday in MM/DD/YYYY?\nOptions:\n(A) 02/28/2021\n(B) 02/29/2021\n(C) 03/02/2021 § 2021 is no leap year, so the day before March 1 is February 28. § (A)",
    "Tomorrow is 12/25/2019. What is the date today in MM/DD/YYYY?\nOptions:\n(A) 12/26/2019\n(B) 12/24/2019\n(C) 12/23/2019 § The day before December 25 is December 24. § (B)",
    "It is 6/10/2022 today. What is the date one week from today in MM/DD/YYYY?\nOptions:\n(A) 06/11/2022\n(B) 06/16/2022\n(C) 06/17/2022 § Seven days after the 10th is the 17th. § (C)",
  ],
  [
    "disambiguation_qa",
    "Say whom a pronoun stands for, or that it is ambiguous.",
    "Sentence: The nurse called the baker because she needed bread.\nOptions:\n(A) The nurse needed bread\n(B) The baker needed bread\n(C) Ambiguous § One who needs bread calls a baker. § (A)",
    "Sentence: The clerk met the guard and he smiled.\nOptions:\n(A) The clerk smiled\n(B) The guard smiled\n(C) Ambiguous § Either of them may have smiled. § (C)",
    "Sentence: The pupil asked the teacher to repeat what he had explained.\nOptions:\n(A) The pupil had explained\n(B) The teacher had explained\n(C) Ambiguous § A teacher explains and is asked to repeat. § (B)",
  ],
  [
    "hyperbaton",
    "Find the sentence whose adjectives stand in the usual English order.",
    "Which sentence has the correct adjective order:\nOptions:\n(A) red big ball\n(B) big red ball § Size comes before color. § (B)",
    "Which sentence has the correct adjective order:\nOptions:\n(A) lovely old wooden chair\n(B) wooden old lovely chair § Opinion, then age, then material. § (A)",
    "Which sentence has the correct adjective order:\nOptions:\n(A) French small car\n(B) small French car § Size comes before origin. § (B)",
  ],
  [
    "movie_recommendation",
    "Choose the film that is most like the given ones.",
    "Find a movie similar to Toy Story, Finding Nemo, Cars:\nOptions:\n(A) Monsters, Inc\n(B) Alien\n(C) Psycho § They are animated family films, and so is the first. § (A)",
    "Find a movie similar to Alien, Predator, The Thing:\nOptions:\n(A) Bambi\n(B) Aliens\n(C) Amadeus § They are films of horror with creatures, and so is the second. § (B)",
    "Find a movie similar to Casablanca, Vertigo, Citizen Kane:\nOptions:\n(A) Shrek\n(B) Avatar\n(C) Rebecca § They are dramas of the 1940s and 1950s, and so is the third. § (C)",
  ],
  [
    "ruin_names",
    "Choose the funny change of a name.",
    "Which of the following is a humorous edit of this artist or movie name: 'star wars'?\nOptions:\n(A) star warts\n(B) star war\n(C) starr wars § Warts is a word and changes the meaning in a silly way. § (A)",
    "Which of the following is a humorous edit of this artist or movie name: 'the hobbit'?\nOptions:\n(A) the hobbits\n(B) the rabbit hobbit\n(C) the hobbitt § An animal with a rhyme is a joke, the others are misspellings. § (B)",
    "Which of the following is a humorous edit of this artist or movie name: 'king kong'?\nOptions:\n(A) kingg kong\n(B) king kon\n(C) king pong § Pong makes a giant play table tennis. § (C)",
  ],
  [
    "salient_translation_error_detection",
    "Name the kind of error in a translation from German.",
    "Source: Er hat zehn Katzen.\nTranslation: He has two cats.\nThe translation contains an error pertaining to\nOptions:\n(A) Modifiers or Adjectives\n(B) Numerical Values\n(C) Dropped Content § Ten has become two, which is a number. § (B)",
    "Source: Das rote Haus ist alt.\nTranslation: The blue house is old.\nThe translation contains an error pertaining to\nOptions:\n(A) Modifiers or Adjectives\n(B) Numerical Values\n(C) Dropped Content § Red has become blue, which is an adjective. § (A)",
    "Source: Anna wohnt in Bonn und arbeitet in Mainz.\nTranslation: Anna lives in Bonn.\nThe translation contains an error pertaining to\nOptions:\n(A) Modifiers or Adjectives\n(B) Numerical Values\n(C) Dropped Content § The second half is missing. § (C)",
  ],
  [
    "snarks",
    "Find the sarcastic one of two statements.",
    "Which statement is sarcastic?\nOptions:\n(A) Great, another flat tire, just what I needed\n(B) Great, another day off, just what I needed § Nobody needs a flat tire, so the praise means the opposite. § (A)",
    "Which statement is sarcastic?\nOptions:\n(A) He practised for years, no wonder he won\n(B) He slept through practice, no wonder he lost the job he loved so much § The second mocks his love for the job. § (B)",
    "Which statement is sarcastic?\nOptions:\n(A) Sure, because yelling always calms people\n(B) Sure, because tea often calms people § Yelling does not calm, so the first means the opposite. § (A)",
  ],
  [
    "sports_understanding",
    "Say whether a sentence about sports is plausible.",
    'Is the following sentence plausible? "The goalkeeper saved a penalty." § Goalkeepers save penalties in football. § yes',
    'Is the following sentence plausible? "The tennis player scored a touchdown." § Touchdowns are scored in American football, not in tennis. § no',
    'Is the following sentence plausible? "The swimmer won the 100 metres butterfly." § The butterfly is a stroke of swimming. § yes',
  ],
];
