/** What the tables of messages share: the parts of a text, and how lists and counts are said. */
import { closest } from "../dsl/similar.js";

export interface Text {
  readonly message: string;
  readonly notes?: readonly string[];
  readonly help?: string;
}

export type Names = readonly string[];

export const list = (names: Names) => (names.length > 0 ? names.join(", ") : "none");
export const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;

export function meant(name: string, known: Names): string {
  const near = closest(name, known);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
