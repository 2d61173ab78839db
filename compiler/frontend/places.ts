/** Places in sources as messages and patterns name them: relative to a root, lines and columns from 1. */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Node, SourceFile } from "ts-morph";
import type { Where } from "../diagnostics/diagnostic.js";
import type { Place } from "../plan/pattern.js";

/** Writes an absolute path as messages show it. */
export type PathNamer = (path: string) => string;

function packageRoot(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return dirname(path);
  }
}

/** Names paths relative to a folder; without one, each relative to the package that it belongs to. */
export function pathNamer(projectRoot?: string): PathNamer {
  const known = new Map<string, string>();
  return (path) => {
    let name = known.get(path);
    if (name === undefined) {
      const root = projectRoot === undefined ? packageRoot(path) : resolve(projectRoot);
      name = relative(root, path).split(sep).join("/");
      known.set(path, name);
    }
    return name;
  };
}

/** A stretch of a source file: offsets of its first character and of the one after its last. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

export const spanOf = (node: Node): Span => ({
  file: node.getSourceFile(),
  start: node.getStart(),
  end: node.getEnd(),
});

export const overlap = (a: Span, b: Span): boolean =>
  a.file === b.file && a.start < Math.max(b.end, b.start + 1) && b.start < Math.max(a.end, a.start + 1);

export const same = (a: Span, b: Span): boolean => a.file === b.file && a.start === b.start && a.end === b.end;

/** Line and column from 1, by the line table of the compiler. */
function positionAt(file: SourceFile, offset: number) {
  const { line, character } = file.compilerNode.getLineAndCharacterOfPosition(offset);
  return { line: line + 1, column: character + 1 };
}

export function whereOf({ file, start, end }: Span, nameOf: PathNamer): Where {
  const { line, column } = positionAt(file, start);
  const text = file.getFullText();
  const lineStart = start - (column - 1);
  const newline = text.slice(lineStart).search(/[\r\n]/);
  const lineEnd = newline < 0 ? text.length : lineStart + newline;
  return {
    file: nameOf(file.getFilePath()),
    line,
    column,
    length: Math.max(1, Math.min(end, lineEnd) - start),
    source: text.slice(lineStart, lineEnd),
  };
}

export function placeOf(node: Node, nameOf: PathNamer): Place {
  const { line, column } = positionAt(node.getSourceFile(), node.getStart());
  return { file: nameOf(node.getSourceFile().getFilePath()), line, column };
}
