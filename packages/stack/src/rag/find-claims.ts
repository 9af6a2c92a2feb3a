/** Words that say where a quote is from, and others that claim nothing by themselves. */
const lead = new Set(
  `the and that this these those with from for its his her their they there which who what are was were has have had not but also both each
says say said states state stated writes write wrote reads read according notes note explains explain mentions adds shows lists recommends advises
source sources document documents page pages text file guideline guidelines guide leaflet manual report article section chapter handbook author
here thus therefore because where when answer quote passage another same other first second third
der die das und ein eine laut steht sagt schreibt heißt quelle dokument seite dort auch nicht ist sind
les des une est sont dit selon écrit source page que qui dans avec
gli una sono dice secondo scrive fonte pagina che con nella
dos uma são diz segundo escreve fonte página que com para
los las una son dice según escribe fuente página que con para`.split(/\s+/),
);

/** So many words that no source has make a claim; names and turns of phrase have fewer. One number is enough. */
const minUnknown = 2;

/** Words that can carry a claim: of Latin letters none with fewer than three. */
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter(
    (word) => !/^[\p{Script=Latin}\p{M}]{1,2}$/u.test(word) && !lead.has(word),
  );

/**
 * Spans of a sentence around its quotes that say what is in none of the sources: a quote that stands does not prove the
 * words beside it.
 */
export function findClaims(
  sentence: string,
  quoted: readonly (readonly [number, number])[],
  sources: readonly { name: string; text: string }[],
): [number, number][] {
  if (quoted.length === 0) return [];
  const known = new Set(sources.flatMap(({ name, text }) => wordsOf(`${name} ${text}`)));
  const claims: [number, number][] = [];
  let from = 0;
  for (const [start, end] of [...quoted, [sentence.length, sentence.length] as const]) {
    const around = sentence.slice(from, start).replace(/\[\d{1,3}\]/g, (mark) => " ".repeat(mark.length));
    const unknown = wordsOf(around).filter((word) => !known.has(word));
    const first = around.search(/[\p{L}\p{N}]/u);
    const last = /[^\p{L}\p{M}\p{N}]*$/u.exec(around)!.index;
    if (unknown.length >= minUnknown || unknown.some((word) => /\p{N}/u.test(word)))
      claims.push([from + first, from + last]);
    from = end;
  }
  return claims;
}
