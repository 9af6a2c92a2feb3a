import { Announcer } from "./announce.ts";
import { apiKey, onKeyNeeded, serverUrl } from "./client.ts";
import { h } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";
import { askForKey } from "./key-dialog.ts";
import { chooseLanguage, currentLanguage, type Language, languages } from "./languages.ts";
import { addShortcut, showShortcuts, startShortcuts } from "./shortcuts.ts";
import { shellText } from "./texts.ts";
import { applyTheme, chooseTheme, currentTheme, type Theme, themes } from "./theme.ts";

/** Name of a page; also that of its icon and of its text. */
export type PageName = "chat" | "playground" | "models" | "runs" | "traces" | "arena" | "keys";

/** The pages: where each lies, and the key that goes there after `g`. */
const pages: Readonly<Record<PageName, { path: string; key: string }>> = {
  chat: { path: "", key: "c" },
  playground: { path: "playground/", key: "p" },
  models: { path: "models/", key: "m" },
  runs: { path: "runs/", key: "r" },
  traces: { path: "traces/", key: "t" },
  arena: { path: "arena/", key: "a" },
  keys: { path: "keys/", key: "k" },
};

export interface ShellOptions {
  page: PageName;
  /** Heading and title of the window; default the page's name. */
  title?: string;
  /** There is no other page to go to. */
  isAlone?: boolean;
}

/** What the shell gives a page. */
export interface Shell {
  /** Where the page's content goes. */
  main: HTMLElement;
  /** Below the navigation, for lists of the page. */
  side: HTMLElement;
  /** End of the bar above the content, for buttons and choices of the page. */
  actions: HTMLElement;
  announcer: Announcer;
  /** Changes the heading and the title of the window. */
  setTitle(title: string): void;
}

const themeIcons: Readonly<Record<Theme, IconName>> = { auto: "auto", light: "sun", dark: "moon" };
const themeTexts = { auto: "themeAuto", light: "themeLight", dark: "themeDark" } as const;

/** Builds what all pages share around a page: navigation, language, colors, keys, shortcuts, live regions. */
export function mountShell({ page, title = shellText(page), isAlone = false }: ShellOptions): Shell {
  document.documentElement.lang = currentLanguage();
  applyTheme(currentTheme());
  onKeyNeeded(askForKey);
  const announcer = new Announcer();
  const heading = h("h1", {}, title);
  const actions = h("div", { class: "actions" });
  const side = h("div", { class: "side-page" });
  const main = h("main", { id: "content", tabindex: -1 });
  const sidebar = h(
    "div",
    { class: "sidebar", id: "sidebar" },
    h("a", { class: "brand", href: serverUrl("").href }, "Llamero"),
    isAlone ? "" : navigation(page),
    side,
    h("div", { class: "side-foot" }, languageChoice(), themeButton(), keyButton(), helpButton()),
  );
  const bar = h("header", { class: "topbar" }, menuButton(sidebar), heading, actions);
  const skip = h("a", { class: "skip", href: "#content" }, shellText("skip"));
  skip.addEventListener("click", (event) => {
    // The address may hold what the page needs after `#`.
    event.preventDefault();
    main.focus();
  });
  document.body.replaceChildren(skip, sidebar, h("div", { class: "page" }, bar, main), ...announcer.elements);
  const setTitle = (text: string): void => {
    heading.textContent = text;
    document.title = `${text} · Llamero`;
  };
  setTitle(title);
  for (const [name, { path, key }] of Object.entries(pages) as [PageName, { path: string; key: string }][])
    addShortcut({
      keys: `g ${key}`,
      text: shellText("shortcutGo", { page: shellText(name) }),
      run: () => location.assign(serverUrl(path)),
    });
  startShortcuts();
  return { main, side, actions, announcer, setTitle };
}

function navigation(current: PageName): HTMLElement {
  const links = (Object.keys(pages) as PageName[]).map((name) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: serverUrl(pages[name].path).href, "aria-current": name === current && "page" },
        icon(name),
        shellText(name),
      ),
    ),
  );
  return h("nav", { "aria-label": shellText("pages") }, h("ul", {}, ...links));
}

function languageChoice(): HTMLElement {
  const language = currentLanguage();
  const options = Object.entries(languages).map(([code, name]) =>
    h("option", { value: code, lang: code, selected: code === language }, name),
  );
  const select = h(
    "select",
    { "aria-label": shellText("language"), onchange: () => chooseLanguage(select.value as Language) },
    ...options,
  );
  return h("label", { class: "language" }, icon("globe"), select);
}

function themeButton(): HTMLElement {
  const button = h("button", { type: "button", class: "bare", id: "theme" });
  const show = (theme: Theme): void => {
    button.replaceChildren(icon(themeIcons[theme]));
    button.setAttribute("aria-label", shellText(themeTexts[theme]));
    button.title = shellText(themeTexts[theme]);
  };
  const next = (): void => {
    const theme = themes[(themes.indexOf(currentTheme()) + 1) % themes.length]!;
    chooseTheme(theme);
    show(theme);
  };
  button.addEventListener("click", next);
  addShortcut({ keys: "d", text: shellText("shortcutTheme"), run: next });
  show(currentTheme());
  return button;
}

function keyButton(): HTMLElement {
  const label = shellText("apiKey");
  const attributes = { type: "button", class: "bare", "aria-label": label, title: label };
  const change = async (): Promise<void> => {
    if (await askForKey()) location.reload();
  };
  return h(
    "button",
    { ...attributes, "data-set": apiKey() !== "", onclick: () => void change() },
    icon("keys"),
  );
}

function helpButton(): HTMLElement {
  const label = `${shellText("shortcuts")} (?)`;
  const attributes = { type: "button", class: "bare", id: "help", "aria-label": label, title: label };
  return h("button", { ...attributes, onclick: showShortcuts }, icon("help"));
}

/** Opens the sidebar where the window is too narrow to show it. */
function menuButton(sidebar: HTMLElement): HTMLElement {
  const button = h(
    "button",
    {
      type: "button",
      class: "bare menu",
      "aria-label": shellText("menu"),
      "aria-expanded": "false",
      "aria-controls": "sidebar",
    },
    icon("menu"),
  );
  const setOpen = (isOpen: boolean): void => {
    sidebar.classList.toggle("open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) sidebar.querySelector<HTMLElement>("a")?.focus();
  };
  const isOpen = (): boolean => sidebar.classList.contains("open");
  button.addEventListener("click", () => setOpen(!isOpen()));
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !isOpen()) return;
    setOpen(false);
    button.focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (isOpen() && target instanceof Node && !sidebar.contains(target) && !button.contains(target))
      setOpen(false);
  });
  sidebar.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("[data-closes]") !== null) setOpen(false);
  });
  return button;
}
