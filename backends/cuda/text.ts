/** Lines of a function's body. */
import { indent } from "../common/coordinates.js";

/** Lines set in by so many levels; texts may hold several. */
export const block = (texts: readonly string[], depth: number): string =>
  indent(
    texts.flatMap((text) => text.split("\n")),
    depth,
  )
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");

const DECLARED = /^const \w+ (?:&|\*)?(\w+) = [^;]*;$/;

/** The same without the values that nothing after them reads. */
export function readOnly(texts: readonly string[]): string[] {
  const kept: string[] = [];
  for (const text of texts.flatMap((each) => each.split("\n")).reverse()) {
    const name = DECLARED.exec(text.trim())?.[1];
    if (!name || kept.some((line) => new RegExp(`\\b${name}\\b`).test(line))) kept.push(text);
  }
  return kept.reverse();
}
