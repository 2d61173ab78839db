/** Files of tables on the command line: `--table noise=noise.npy`, checked against the declared names. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { tell } from "../messages.js";
import { assignments } from "./assignments.js";

type Declared = Pick<Pattern, "name" | "tables">;

/** The files by the name of their table; a name that the pattern does not declare is a fault. */
export function tableFiles(
  { name: pattern, tables }: Declared,
  texts: readonly string[],
  problems: Diagnostic[],
): ReadonlyMap<string, string> {
  const given = assignments("--table", texts, "name=file.npy", problems);
  const known = tables.map(({ name }) => name);
  for (const name of given.keys()) {
    if (!known.includes(name)) problems.push(tell("table-not-declared", { name, pattern, known }));
  }
  return given;
}

/** The files of a run, where every table needs one; those without are reported together. */
export function runTableFiles(pattern: Declared, texts: readonly string[], problems: Diagnostic[]) {
  const before = problems.length;
  const given = tableFiles(pattern, texts, problems);
  const names = pattern.tables.map(({ name }) => name).filter((name) => !given.has(name));
  // A name with a typing error says what is missing already.
  if (names.length > 0 && problems.length === before) {
    problems.push(tell("table-not-given", { pattern: pattern.name, names }));
  }
  return given;
}
