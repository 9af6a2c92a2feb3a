const storageKey = "llamero-theme";

/** Light, dark, or as the system has it. */
export const themes = ["auto", "light", "dark"] as const;

export type Theme = (typeof themes)[number];

/** The theme that was chosen. */
export function currentTheme(): Theme {
  const chosen = localStorage.getItem(storageKey);
  return themes.find((theme) => theme === chosen) ?? "auto";
}

/** Shows the page in a theme. */
export function applyTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Chooses a theme for all pages. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  applyTheme(theme);
}
