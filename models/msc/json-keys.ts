/** Finds a key that one JSON object gives twice: `JSON.parse` keeps the last of them and says nothing. */

/** The end of a string that begins at a quote: behind its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The next place that is not white space. */
function skipSpace(text: string, start: number): number {
  let at = start;
  while (" \t\r\n".includes(text[at] ?? ".")) at++;
  return at;
}

/**
 * The first key that is given twice in one object.
 * @param text JSON that `JSON.parse` has taken: it is not checked again.
 */
export function repeatedKey(text: string): string | undefined {
  // The keys of the objects that are open; a list has none.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const each = text[at];
    if (each === "{") open.push(new Set());
    else if (each === "[") open.push(undefined);
    else if (each === "}" || each === "]") open.pop();
    else if (each === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && text[skipSpace(text, end)] === ":") {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}
