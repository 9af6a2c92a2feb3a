const numContext = 3;

/** A change of one place in a text as a unified diff; empty when there is none. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const old = toLines(before);
  const now = toLines(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  if (start === old.length && start === now.length) return "";
  let oldEnd = old.length;
  let nowEnd = now.length;
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd--;
    nowEnd--;
  }
  const from = Math.max(0, start - numContext);
  const tail = old.slice(oldEnd, oldEnd + numContext);
  const range = (end: number): string => {
    const length = end + tail.length - from;
    return `${length === 0 ? from : from + 1},${length}`;
  };
  return [
    `--- ${before === "" ? "/dev/null" : `a/${path}`}\n+++ b/${path}\n@@ -${range(oldEnd)} +${range(nowEnd)} @@\n`,
    ...old.slice(from, start).map(mark(" ")),
    ...old.slice(start, oldEnd).map(mark("-")),
    ...now.slice(start, nowEnd).map(mark("+")),
    ...tail.map(mark(" ")),
  ].join("");
}

/** Lines with their ends. */
const toLines = (text: string): string[] => (text === "" ? [] : text.split(/(?<=\n)/));

const mark =
  (sign: string) =>
  (line: string): string =>
    line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
