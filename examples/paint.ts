/** Colors a text for the terminal. */
export type Paint = (text: string) => string;

const paint =
  (code: number): Paint =>
  (text) =>
    `\x1b[${code}m${text}\x1b[0m`;
export const bold: Paint = paint(1);
export const dim: Paint = paint(2);
export const red: Paint = paint(31);
export const green: Paint = paint(32);
export const yellow: Paint = paint(33);
export const magenta: Paint = paint(35);
export const cyan: Paint = paint(36);

/** Text of models and files without what would steer the terminal or turn the direction of letters. */
export const safe: Paint = (text) => text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "");
