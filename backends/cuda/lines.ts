/** `#line` directives, by which profilers and debuggers name the pattern where a kernel evaluates it. */

/** What stands around the functions of the pattern until the whole text is known. */
const [PATTERN, SELF] = ["#line pattern", "#line self"] as const;

export const markPattern = (text: string): string => (text.length > 0 ? `${PATTERN}\n${text}\n${SELF}` : "");

export interface Lines {
  /** The source of the pattern and where it is declared in it. */
  readonly source: string;
  readonly line: number;
  /** The name of the file that the text goes into. */
  readonly file: string;
}

/** The text with directives in place of the marks or, where none are wanted, without the marks. */
export function resolveLines(text: string, lines: Lines | undefined): string {
  const all = text.split("\n");
  if (!lines) return all.filter((line) => line !== PATTERN && line !== SELF).join("\n");
  const quoted = (name: string) => JSON.stringify(name);
  return all
    .map((line, i) => {
      if (line === PATTERN) return `#line ${lines.line} ${quoted(lines.source)}`;
      return line === SELF ? `#line ${i + 2} ${quoted(lines.file)}` : line;
    })
    .join("\n");
}
