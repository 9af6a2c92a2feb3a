import { segments } from "../parts/elements.ts";
import { mountShell } from "../shell/shell.ts";
import { CompareView } from "./compare.ts";
import { RankingView } from "./ranking.ts";
import { t } from "./texts.ts";

const shell = mountShell({ page: "arena" });
const compare = new CompareView((text) => shell.announcer.say(text));
const ranking = new RankingView();

function show(view: "compare" | "ranking"): void {
  history.replaceState(null, "", view === "compare" ? "#" : "#ranking");
  shell.main.replaceChildren(view === "compare" ? compare.element : ranking.element);
  if (view === "ranking") void ranking.load();
}

const first = location.hash === "#ranking" ? "ranking" : "compare";
shell.actions.append(
  segments(
    "view",
    t("view"),
    [
      ["compare", t("compare")],
      ["ranking", t("ranking")],
    ],
    first,
    show,
  ),
);
show(first);
await compare.load().catch(() => {});
