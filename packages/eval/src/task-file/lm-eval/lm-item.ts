import type { Row } from "../../task.ts";
import type { LmConfig } from "./config.ts";
import { choicesFor, DocField, type FieldValue, fieldValue, pythonText } from "./fields.ts";

/** A record as the harness asks it. */
export interface LmItem {
  row: Row;
  /** Stands before the shots. */
  description: string;
  /** The question with the prefix of its answer; empty where the choices are the questions. */
  query: string;
  choices: readonly string[];
  /** Places of the right choices; empty where the record names none. */
  right: readonly number[];
  /** Whether choices are contexts, each followed by the target. */
  hasInputs: boolean;
  targets: readonly string[];
}

/** Makes items and shots of records, by the fields of a configuration. */
export interface ItemMaker {
  item(row: Row): LmItem;
  /** A record with its answer, as it stands before others. */
  shot(row: Row): string;
}

interface Fields {
  text: DocField;
  target: DocField;
  choice: DocField | null;
  prefix: DocField | null;
  delimiter: string;
}

/** Reads the fields of a configuration. Throws SyntaxError that names the key with a template that cannot be parsed. */
export function itemMaker(config: LmConfig): ItemMaker {
  const shotConfig = { ...config, ...withoutNulls((config["fewshot_config"] ?? {}) as LmConfig) };
  const fields = fieldsOf(config);
  const shotFields = fieldsOf(shotConfig);
  const description = new DocField("description", String(config["description"] ?? ""));
  const after = delimiterOf(shotConfig["fewshot_delimiter"], "\n\n");
  return {
    item(row) {
      const { query, choices, target, text, prefix } = read(fields, row);
      const hasInputs = typeof text === "number" && choices.length > 0;
      const gold = hasInputs ? text : target;
      const joined = query !== "" && prefix !== "" && !touches(query, prefix) ? fields.delimiter : "";
      return {
        row,
        description: pythonText(description.valueFor(row)),
        query: hasInputs ? "" : query + joined + prefix,
        choices,
        right: choices.length === 0 ? [] : rightOnes(gold, choices),
        hasInputs,
        targets: targetsOf(target, hasInputs ? [] : choices),
      };
    },
    shot(row) {
      const { query, choices, target, text, prefix } = read(shotFields, row);
      const hasInputs = typeof text === "number" && choices.length > 0;
      const question = hasInputs ? (choices[text] ?? "") : query;
      const [answer = ""] = targetsOf(target, hasInputs ? [] : choices);
      if (answer === "") return question + prefix;
      const isApart = prefix === "" || (question !== "" && !touches(question, prefix));
      const shown = prefix === "" || touches(prefix, answer) ? prefix + answer : `${prefix} ${answer}`;
      return question + (isApart ? shotFields.delimiter : "") + shown + after;
    },
  };
}

function fieldsOf(config: LmConfig): Fields {
  const optional = (key: string): DocField | null =>
    config[key] == null ? null : new DocField(key, config[key]);
  return {
    text: new DocField("doc_to_text", config["doc_to_text"] ?? ""),
    target: new DocField("doc_to_target", config["doc_to_target"] ?? ""),
    choice: optional("doc_to_choice"),
    prefix: optional("gen_prefix"),
    delimiter: delimiterOf(config["target_delimiter"], " "),
  };
}

const delimiterOf = (value: unknown, fallback: string): string => (value == null ? fallback : String(value));

function read(
  fields: Fields,
  row: Row,
): { query: string; text: FieldValue; choices: string[]; target: FieldValue; prefix: string } {
  const hasChoices = fields.choice !== null;
  const text = fieldValue(fields.text, row, hasChoices);
  return {
    text,
    query: Array.isArray(text) ? JSON.stringify(text) : String(text),
    choices: fields.choice === null ? [] : choicesFor(fields.choice, row),
    target: fieldValue(fields.target, row, hasChoices),
    prefix: fields.prefix === null ? "" : pythonText(fields.prefix.valueFor(row)),
  };
}

function rightOnes(gold: FieldValue, choices: readonly string[]): number[] {
  const list = Array.isArray(gold) ? gold : [gold];
  const places = list.map((each) => (typeof each === "number" ? each : choices.indexOf(String(each))));
  return places.filter((place) => Number.isInteger(place) && place >= 0 && place < choices.length);
}

function targetsOf(target: FieldValue, choices: readonly string[]): string[] {
  const list: readonly unknown[] = Array.isArray(target) ? target : [target];
  return list.map((each) =>
    typeof each === "number" && choices.length > 0 ? (choices[each] ?? "") : pythonText(each),
  );
}

/** Whether there is space where the texts meet already. */
const touches = (left: string, right: string): boolean => /\s$/.test(left) || /^\s/.test(right);

const withoutNulls = (config: LmConfig): LmConfig =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value != null));
