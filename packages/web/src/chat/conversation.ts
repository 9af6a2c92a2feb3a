/** A message of the conversation on the page. */
export interface Turn {
  role: "user" | "assistant";
  content: string;
}

/** What the page remembers. */
export interface Saved {
  turns: Turn[];
  system: string;
  temperature: number;
}

const storageKey = "llamero-chat";
const empty: Saved = { turns: [], system: "", temperature: 0.6 };

/** What was saved last; an empty conversation when nothing was, or when it cannot be read. */
export function loadConversation(storage: Pick<Storage, "getItem">): Saved {
  try {
    const saved = JSON.parse(storage.getItem(storageKey) ?? "{}") as Partial<Saved>;
    const turns = (Array.isArray(saved.turns) ? saved.turns : []).filter(
      ({ role, content }) => (role === "user" || role === "assistant") && typeof content === "string",
    );
    const system = typeof saved.system === "string" ? saved.system : empty.system;
    const temperature = typeof saved.temperature === "number" ? saved.temperature : empty.temperature;
    return { turns, system, temperature };
  } catch {
    return { ...empty, turns: [] };
  }
}

/** Saves; false when the browser has no room or forbids it. */
export function saveConversation(storage: Pick<Storage, "setItem">, saved: Saved): boolean {
  try {
    storage.setItem(storageKey, JSON.stringify(saved));
    return true;
  } catch {
    return false;
  }
}

/** Messages of a request for the next answer. */
export function toMessages({ turns, system }: Saved): { role: string; content: string }[] {
  return [...(system.trim() === "" ? [] : [{ role: "system", content: system }]), ...turns];
}
