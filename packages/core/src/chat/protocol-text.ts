/**
 * Fixed words of the Llama 3 prompt formats. The models were trained on exactly these bytes, so they cannot be
 * reworded. Sources: meta-llama/llama-models models/llama3_1/prompt_format.md, models/llama3_2/text_prompt_format.md
 * and models/llama3/prompt_templates; the chat templates of Llama 3.1, 3.2 and 3.3 on Hugging Face.
 */
export const protocolText: ProtocolText = {
  /** First line of the system message when tools may be called. */
  environment: "Environment: ipython\n",
  builtinTools: (names: readonly string[]): string => `Tools: ${names.join(", ")}\n`,
  cutoff: "Cutting Knowledge Date: December 2023\n",
  today: (date: string): string => `Today Date: ${date}\n`,

  /** Hugging Face templates. */
  hf: {
    defaultDate: "26 Jul 2024",
    dateFormat: "%d %b %Y",
    toolsInUser:
      "Given the following functions, please respond with a JSON for a function call " +
      "with its proper arguments that best answers the given prompt.\n\n",
    toolsInSystem:
      "You have access to the following functions. To call a function, please respond with JSON for a function call.",
    callForm:
      'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.' +
      "Do not use variables.\n\n",
  },

  /** Meta's generators. */
  meta: {
    dateFormat: "%d %B %Y",
    jsonHead:
      "Answer the user's question by making use of the following functions if needed.\n" +
      "If none of the function can be used, please say so.\n" +
      "Here is a list of functions in JSON format:\n",
    jsonTail: "\nReturn function calls in JSON format.",
    tagHead: "You have access to the following functions:\n\n",
    tagTool: (name: string, description: string): string =>
      `Use the function '${name}' to '${description}':\n`,
    tagTail:
      "Think very carefully before calling functions.\n" +
      "If you choose to call a function ONLY reply in the following format with no prefix or suffix:\n\n" +
      '<function=example_function_name>{"example_name": "example_value"}</function>\n\n' +
      "Reminder:\n" +
      "- If looking for real time information use relevant functions before falling back to brave_search\n" +
      "- Function calls MUST follow the specified format, start with <function= and end with </function>\n" +
      "- Required parameters MUST be specified\n" +
      "- Only call one function at a time\n" +
      "- Put the entire function call reply on one line",
    pythonicInstruction:
      "You are a helpful assistant. You have access to functions, but you should only use them if they are required.\n" +
      "You are an expert in composing functions. You are given a question and a set of possible functions.\n" +
      "Based on the question, you may or may not need to make one function/tool call to achieve the purpose.\n\n" +
      "If you decide to invoke any of the function(s), you MUST put it in the format of " +
      "[func_name1(params_name1=params_value1, params_name2=params_value2...), func_name2(params)]\n" +
      "If you decide to invoke a function, you SHOULD NOT include any other text in the response. " +
      "besides the function call in the above format.\n" +
      "For a boolean parameter, be sure to use `True` or `False` (capitalized) for the value.\n\n\n",
    pythonicHead: "Here is a list of functions in JSON format that you can invoke.\n\n",
    pythonicTail:
      "\n\nYou can answer general questions or invoke tools when necessary.\n" +
      "In addition to tool calls, you should also augment your responses by using the tool outputs.",
  },
};

interface ProtocolText {
  readonly environment: string;
  readonly builtinTools: (names: readonly string[]) => string;
  readonly cutoff: string;
  readonly today: (date: string) => string;
  readonly hf: Readonly<
    Record<"defaultDate" | "dateFormat" | "toolsInUser" | "toolsInSystem" | "callForm", string>
  >;
  readonly meta: Readonly<
    Record<
      | "dateFormat"
      | "jsonHead"
      | "jsonTail"
      | "tagHead"
      | "tagTail"
      | "pythonicInstruction"
      | "pythonicHead"
      | "pythonicTail",
      string
    >
  > & { readonly tagTool: (name: string, description: string) => string };
}
