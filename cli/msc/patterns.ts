/** The patterns that a configuration may name: those that come with mscc, and those of a file of the user's. */
import { paramsOf } from "../../backends/artefact/manifest.js";
import { sourcePath } from "../../compiler/frontend/load.js";
import { createReader } from "../../compiler/frontend/read.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { PatternSet } from "../../models/msc/config.js";
import { showDiagnostics } from "../faults.js";
import type { Session } from "../io.js";
import { throwAny, userError } from "../messages.js";
import { variantFiles } from "./sources.js";

export type Patterns = ReadonlyMap<string, Pattern>;

/** All are read with one TypeScript project, and none is executed. @throws UserError for faults of the user's file. */
export function readModelPatterns(file: string | undefined, session: Session): Patterns {
  const { cwd } = session.io;
  const shipped = variantFiles();
  const own = file === undefined ? [] : [sourcePath(file, cwd)];
  const reader = createReader([...shipped, ...own]);
  const read = (path: string) => reader.read(path, { projectRoot: cwd });
  const known = shipped.flatMap((path) => read(path).patterns);
  const found = own.map(read);
  const diagnostics = found.flatMap((each) => each.diagnostics);
  throwAny(diagnostics);
  showDiagnostics(diagnostics, session);
  const more = found.flatMap(({ patterns }) => patterns);
  const names = more.flatMap(({ name }) => (known.some((each) => each.name === name) ? [name] : []));
  if (names.length > 0) throw userError("msc-pattern", { file: file ?? "", names });
  return new Map([...known, ...more].map((pattern) => [pattern.name, pattern]));
}

/** What a configuration is checked against, in the order of names. */
export function patternSet(patterns: Patterns): PatternSet {
  const sorted = [...patterns.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    sorted.map(({ name, params, axes, tables }) => [name, { params: paramsOf(params, new Map()), axes, tables }]),
  );
}
