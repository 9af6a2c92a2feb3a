import { h } from "../shell/dom.ts";
import { type IconName, icon } from "../shell/icons.ts";
import { openApprovals, type Step, type Turn } from "./conversation.ts";
import { t } from "./texts.ts";

type State = "running" | "done" | "failed" | "waiting" | "denied";

/** A step as the page tells it. */
interface ToldStep {
  title: string;
  state: State;
  icon: IconName;
  input: string;
  output: string;
}

const stateTexts = {
  running: "stepRunning",
  done: "stepDone",
  failed: "stepFailed",
  waiting: "stepWaiting",
  denied: "stepDenied",
} as const;

/** JSON with line breaks, or the text as it is when it is not JSON. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function stateOf(status: string | null | undefined): State {
  if (status === "failed" || status === "incomplete") return "failed";
  return status === "in_progress" || status === "searching" ? "running" : "done";
}

/** Tells what a tool did. */
function tell(step: Step, approvals: Readonly<Record<string, boolean>>): ToldStep {
  switch (step.type) {
    case "mcp_list_tools": {
      const { server_label: server, tools, error } = step;
      const input = tools.map(({ name, description }) => `${name}: ${description ?? ""}`).join("\n");
      const title = t("stepTools", { server, count: tools.length });
      return { title, state: error ? "failed" : "done", icon: "tool", input, output: error ?? "" };
    }
    case "mcp_call": {
      const { server_label: server, name, error, output, status } = step;
      const title = server === name ? name : `${server} · ${name}`;
      const state = error ? "failed" : stateOf(status);
      return { title, state, icon: "tool", input: pretty(step.arguments), output: error ?? output ?? "" };
    }
    case "mcp_approval_request": {
      const { server_label: server, name, id } = step;
      const title = t("stepApproval", { server, tool: name });
      const answer = approvals[id];
      const state = answer === undefined ? "waiting" : answer ? "done" : "denied";
      return { title, state, icon: "shield", input: pretty(step.arguments), output: "" };
    }
    case "file_search_call": {
      const { queries, results, status } = step;
      const output = (results ?? []).map(({ filename, text }) => `${filename}\n${text}`).join("\n\n");
      const title = t("stepFiles", { query: queries.join(", ") });
      return { title, state: stateOf(status), icon: "search", input: "", output };
    }
    case "web_search_call": {
      const { action, status } = step;
      const output = (action.sources ?? []).map(({ url }) => url).join("\n");
      return {
        title: t("stepWeb", { query: action.query }),
        state: stateOf(status),
        icon: "globe",
        input: "",
        output,
      };
    }
    case "code_interpreter_call": {
      const { code, outputs, status } = step;
      const output = (outputs ?? []).map(({ logs }) => logs).join("\n");
      return { title: t("stepCode"), state: stateOf(status), icon: "playground", input: code, output };
    }
    case "function_call": {
      const { name, status } = step;
      return { title: name, state: stateOf(status), icon: "tool", input: pretty(step.arguments), output: "" };
    }
    case "function_call_output": {
      const { output, status } = step;
      const text = typeof output === "string" ? output : output.map((part) => part.text).join("\n");
      return {
        title: t("stepResult"),
        state: stateOf(status),
        icon: "tool",
        input: "",
        output: pretty(text),
      };
    }
    default:
      return step satisfies never;
  }
}

function part(label: string, text: string): Node[] {
  if (text === "") return [];
  return [h("h4", {}, label), h("pre", { tabindex: 0 }, h("code", {}, text))];
}

/** Shows the steps of an answer; those that the reader opened stay open. */
export function showSteps(
  element: HTMLElement,
  turn: Turn,
  answer: (approvalId: string, isAllowed: boolean) => void,
): void {
  const open = new Set(
    [...element.querySelectorAll<HTMLElement>("details[open]")].map((each) => each.dataset["step"]),
  );
  const waiting = new Set(openApprovals(turn));
  element.replaceChildren(
    ...(turn.steps ?? []).map((step) => {
      const told = tell(step, turn.approvals ?? {});
      const isAsked = waiting.has(step.id);
      const state = h("span", { class: `state ${told.state}` }, t(stateTexts[told.state]));
      const button = (isAllowed: boolean): HTMLElement =>
        h(
          "button",
          { type: "button", class: isAllowed ? "allow" : "quiet", onclick: () => answer(step.id, isAllowed) },
          t(isAllowed ? "approve" : "deny"),
        );
      return h(
        "li",
        {},
        h(
          "details",
          { "data-step": step.id, open: isAsked || open.has(step.id) },
          h("summary", {}, icon(told.icon), h("span", { class: "title" }, told.title), state),
          ...part(t("stepInput"), told.input),
          ...part(t("stepOutput"), told.output),
        ),
        isAsked && h("div", { class: "row approval" }, button(true), button(false)),
      );
    }),
  );
}
